"""A log that who can reach the port cannot fill: of what the web server's libraries say, so much in a minute."""

import logging
import time
from collections.abc import Callable

LOGGERS = ("asyncio", "engineio.server", "nicegui", "socketio.server", "uvicorn.error")
"""What a wrong request or packet has them say, its sender can have them say without end."""

MOST = 20
MINUTE_S = 60.0


class Sparing(logging.Filter):
    """Lets `MOST` lines of a logger pass in a minute; the first of the next one says how many did not."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now_s = now_s
        self._since_s = float("-inf")
        self._passed = 0
        self._held = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it passes."""
        now_s = self._now_s()
        if now_s - self._since_s >= MINUTE_S:
            if self._held:
                record.msg = f"{record.getMessage()} (before it, {self._held} lines more than {MOST} in a minute)"
                record.args = ()
            self._since_s, self._passed, self._held = now_s, 0, 0
        if self._passed >= MOST:
            self._held += 1
            return False
        self._passed += 1
        return True


def be_sparing() -> None:
    """Have all of `LOGGERS` be so, once."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(one, Sparing) for one in logger.filters):
            logger.addFilter(Sparing())
