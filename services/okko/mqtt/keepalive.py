"""When to ping the broker, and when it counts as gone: told by ticks, without a clock."""

from enum import Enum, auto

TICKS = 4
"""How many ticks one keep-alive has. Whether bytes went either way is looked at then, not timed for each message."""

_QUIET = 3
"""We ping after three quarters of a keep-alive without a word of ours: the broker gives up after one and a half."""

_SILENT = TICKS
_GONE = 2 * TICKS


class Act(Enum):
    """What a tick asks for."""

    NOTHING = auto()
    PING = auto()
    GIVE_UP = auto()


class KeepAlive:
    """A connection's pulse. A broker that is silent for a keep-alive is pinged; for another one, and it is gone."""

    def __init__(self) -> None:
        self._quiet = 0
        self._silent = 0
        self._pinged = False

    def tick(self, *, sent: bool, heard: bool) -> Act:
        """A quarter of the keep-alive is over: `sent` and `heard` say whether bytes went out and came in during it."""
        self._quiet = 0 if sent else self._quiet + 1
        self._silent = 0 if heard else self._silent + 1
        if heard:
            self._pinged = False
        if self._silent >= _GONE:
            return Act.GIVE_UP
        if self._quiet >= _QUIET or (self._silent >= _SILENT and not self._pinged):
            self._quiet = 0
            self._pinged = True
            return Act.PING
        return Act.NOTHING
