"""The PLC publishes `trigger`: the usual way."""

from collections.abc import Callable
from typing import Literal

from okko.settings import Settings


class MqttTrigger(Settings):
    """Triggers come over the broker. Nothing has to be set."""

    kind: Literal["mqtt"] = "mqtt"

    async def run(self, fire: Callable[[], None]) -> None:
        """Nothing of its own: the agent's subscription brings the triggers."""
