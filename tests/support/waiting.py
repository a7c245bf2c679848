"""Waiting for what comes in its own time, with an end to the patience."""

import asyncio
import time
from collections.abc import Callable

PATIENCE_S = 60
"""Long, since it costs nothing where all goes well, and a machine with other work to do stands still for seconds."""


async def until(condition: Callable[[], object], what: str = "") -> None:
    """Let the loop run until something is so."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, what or "it never came"
        await asyncio.sleep(0.01)


def eventually(condition: Callable[[], object], what: str | Callable[[], str] = "") -> None:
    """Sleep until something is so; `what` to say where it never is."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, (what() if callable(what) else what) or "it never came"
        time.sleep(0.02)
