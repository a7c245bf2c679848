"""What must not be lost, until whoever stores it has said so: the bookkeeping, as pure functions of events and time.

The files themselves are the business of the agent that keeps them.
"""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field

from okko.contracts import VerdictWord
from okko.settings import Settings

MIB = 1024 * 1024
MAX_RESENT = 8
"""How many entries are under way a second time at once: a backlog must not stand before live frames."""

REMEMBERED_VERDICTS = 4096
_MAX_WAIT_DOUBLINGS = 4


class OutboxSettings(Settings):
    """Where an agent keeps what it has published until its receipt, and how much of it."""

    path: Annotated[
        Path | None, Field(description="a folder; default: `outbox` in the station's data. tmpfs spares an SD card")
    ] = None
    max_bytes: Annotated[int, Field(ge=0, description="when full, what belongs to OK items goes first")] = 256 * MIB
    timeout_s: Annotated[float, Field(gt=0, le=3600, description="without a receipt so long, it is resent")] = 5.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that waits for its receipt; `due_ns` is when it is to be sent again (monotonic)."""

    id: str
    item_id: str
    size_bytes: int
    due_ns: int
    resent: int = 0


@dataclass(slots=True)
class Outbox:
    """All that waits for a receipt, oldest first. No I/O: what is to be done comes back as ids."""

    max_bytes: int
    timeout_ns: int
    size_bytes: int = 0
    _entries: OrderedDict[str, Entry] = field(default_factory=OrderedDict)
    _under_way: dict[str, int] = field(default_factory=dict)
    _verdicts: OrderedDict[str, VerdictWord] = field(default_factory=OrderedDict)
    _recorder: str | None = None
    _recorder_away: bool = False

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, entry_id: str) -> bool:
        return entry_id in self._entries

    def add(self, entry_id: str, item_id: str, size_bytes: int, now_ns: int) -> tuple[str, ...]:
        """Keep one more thing, just published; gives the ids that had to go for it, perhaps its own."""
        self._take_out(entry_id)
        self._entries[entry_id] = Entry(entry_id, item_id, size_bytes, now_ns + self.timeout_ns)
        self.size_bytes += size_bytes
        return self._make_room()

    def add_left_overs(self, found: tuple[tuple[str, int], ...], now_ns: int) -> tuple[str, ...]:
        """Keep what was found from before the start, ids and sizes, oldest first: due at once, verdicts unknown.

        What is here already was published since the start, and is not touched.
        """
        for entry_id, size_bytes in reversed(found):
            if entry_id not in self._entries:
                self._entries[entry_id] = Entry(entry_id, "", size_bytes, now_ns)
                self._entries.move_to_end(entry_id, last=False)
                self.size_bytes += size_bytes
        return self._make_room()

    def decided(self, item_id: str, verdict: VerdictWord) -> None:
        """Remember an item's verdict: what belongs to OK items is dropped first."""
        self._verdicts[item_id] = verdict
        self._verdicts.move_to_end(item_id)
        if len(self._verdicts) > REMEMBERED_VERDICTS:
            self._verdicts.popitem(last=False)

    def received(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """Take out what is safely stored; gives those of the ids that were here."""
        return tuple(entry_id for entry_id in ids if self._take_out(entry_id))

    def remove(self, entry_id: str) -> None:
        """Take out what cannot be kept or read."""
        self._take_out(entry_id)

    def recorder(self, instance_id: str, *, online: bool, now_ns: int) -> None:
        """Hear of the recorder: while it is away nothing is sent again; to a new one everything is due at once."""
        self._recorder_away = not online
        if online and instance_id != self._recorder:
            self._recorder = instance_id
            self._under_way.clear()
            for entry_id, entry in self._entries.items():
                self._entries[entry_id] = replace(entry, due_ns=now_ns, resent=0)

    def due(self, now_ns: int) -> tuple[str, ...]:
        """What is to be sent again now, oldest first, so that at most `MAX_RESENT` are under way."""
        if self._recorder_away:
            return ()
        self._under_way = {entry_id: until_ns for entry_id, until_ns in self._under_way.items() if until_ns > now_ns}
        free = MAX_RESENT - len(self._under_way)
        due: list[str] = []
        for entry in self._entries.values():
            if len(due) >= free or (entry.due_ns > now_ns and not entry.resent):
                break  # those that come after have been published later, so none of them is due
            if entry.due_ns <= now_ns:
                due.append(entry.id)
        return tuple(due)

    def resent(self, entry_id: str, now_ns: int) -> None:
        """Note that something was sent again: its next turn comes later each time."""
        if (entry := self._entries.get(entry_id)) is not None:
            self._under_way[entry_id] = now_ns + self.timeout_ns
            wait_ns = self.timeout_ns << min(entry.resent, _MAX_WAIT_DOUBLINGS)
            self._entries[entry_id] = replace(entry, due_ns=now_ns + wait_ns, resent=entry.resent + 1)

    def _take_out(self, entry_id: str) -> bool:
        entry = self._entries.pop(entry_id, None)
        if entry is None:
            return False
        self._under_way.pop(entry_id, None)
        self.size_bytes -= entry.size_bytes
        return True

    def _make_room(self) -> tuple[str, ...]:
        dropped: list[str] = []
        for verdict in ("OK", None, "KO"):
            if self.size_bytes <= self.max_bytes:
                break
            for entry in tuple(self._entries.values()):
                if self.size_bytes <= self.max_bytes:
                    break
                if self._verdicts.get(entry.item_id) == verdict:
                    self._take_out(entry.id)
                    dropped.append(entry.id)
        return tuple(dropped)
