"""How many refusals the audit takes: who tries without end must not push out what others did."""

from collections import OrderedDict
from dataclasses import dataclass, replace

from dashboard.access.records import Entry

AT_ONCE = 100
"""Of one person at one address; then one a minute."""

AT_ONCE_OF_STRANGERS = 400
"""Of all without a login together, who may have any number of addresses; then four a minute: 100 000 entries, which
are kept, last for two weeks and more."""

A_MINUTE_S = 60.0
_MOST_KNOWN = 1000


@dataclass(slots=True)
class _Room:
    """For so many entries more, as of an instant (s)."""

    left: float
    at_s: float

    def is_there(self, most: int, each_s: float, now_s: float) -> bool:
        """Whether one more may come; what has passed since makes room for others."""
        self.left = min(most, self.left + (now_s - self.at_s) / each_s)
        self.at_s = now_s
        return self.left >= 1


class Refusals:
    """What of them is noted; the next that is, says how many were not."""

    def __init__(self) -> None:
        self._rooms: OrderedDict[tuple[str, str], _Room] = OrderedDict()
        self._strangers = _Room(AT_ONCE_OF_STRANGERS, 0.0)
        self._left_out = 0

    def noted(self, entry: Entry, now_s: float) -> Entry | None:
        """The entry as it is to be noted, or None. `now_s`: of a clock that only goes forward."""
        key = (entry.who, entry.address)
        room = self._rooms.setdefault(key, _Room(AT_ONCE, now_s))
        self._rooms.move_to_end(key)
        if len(self._rooms) > _MOST_KNOWN:
            self._rooms.popitem(last=False)
        strangers = None if entry.who else self._strangers
        theirs = strangers is None or strangers.is_there(AT_ONCE_OF_STRANGERS, A_MINUTE_S / 4, now_s)
        if not room.is_there(AT_ONCE, A_MINUTE_S, now_s) or not theirs:
            self._left_out += 1
            return None
        for one in (room, strangers):
            if one is not None:
                one.left -= 1
        left_out, self._left_out = self._left_out, 0
        if not left_out:
            return entry
        return replace(entry, detail=f"{entry.detail} (before it {left_out} refusals were not noted: too many)")
