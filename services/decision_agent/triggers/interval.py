"""A trigger every so often: for belts that never stop, for demos and for long tests."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from okko.settings import Settings


class IntervalTrigger(Settings):
    """One trigger every `period_ms`, the first one after a period."""

    kind: Literal["interval"] = "interval"
    period_ms: Annotated[float, Field(ge=5, le=86_400_000, description="from one trigger to the next")] = 1000.0

    async def run(self, fire: Callable[[], None]) -> None:
        """Fire at even intervals. A period that was missed is left out, not made up for: its part is gone."""
        loop = asyncio.get_running_loop()
        period_s = self.period_ms / 1000
        due = loop.time() + period_s
        while True:
            await asyncio.sleep(max(0.0, due - loop.time()))
            fire()
            due += period_s * max(1, int((loop.time() - due) // period_s) + 1)
