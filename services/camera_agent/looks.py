"""A look at the next frame that comes anyhow, handed from the thread that gets frames to one that only looks."""

import threading
from collections.abc import Callable

from camera_agent.shot import Shot

LONGEST_S = 1.0
"""How long a look waits for a frame."""


class Looks:
    """One look at a time; whoever gets frames is never waited for and waits for nobody."""

    def __init__(self) -> None:
        self._wanted = False
        self._shot: Shot | None = None
        self._given = threading.Event()

    def take(self) -> Shot | None:
        """The next frame; None where there is none within a moment."""
        self._given.clear()
        self._wanted = True
        given = self._given.wait(LONGEST_S)
        self._wanted = False
        return self._shot if given else None

    def offer(self, shot: Callable[[], Shot | None]) -> None:
        """Make a shot of the frame at hand, if somebody wants to look."""
        if self._wanted:
            self._wanted = False
            self._shot = shot()
            self._given.set()
