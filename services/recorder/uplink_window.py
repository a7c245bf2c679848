"""What is under way to the broker further up, and how fast more may follow: pure bookkeeping of events and time."""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

MAX_UNDER_WAY = 256
"""How many items are under way at once, the ones that were just recorded among them."""

MAX_BACKLOG_UNDER_WAY = 128
"""How many may be when one of the backlog follows: the rest of the window is for what is recorded meanwhile."""

SUSPECT_BYTES = 64 * 1024
"""No broker is known that refuses a packet of this size by hanging up."""

SUSPECT_LOSSES = 5
"""So many connections lost one after the other with the same large item alone under way are no accident."""


@dataclass(slots=True)
class Window:
    """The items that were published and are not marked in the store yet. It is what bounds the uplink's memory."""

    _due: OrderedDict[str, int | None] = field(default_factory=OrderedDict)
    _sizes: dict[str, int] = field(default_factory=dict)
    _arrived: dict[str, None] = field(default_factory=dict)
    _given_up: dict[str, int] = field(default_factory=dict)
    _suspect: str | None = None
    _losses: int = 0
    cautious: bool = False
    """After a refusal: one at a time, until one has arrived."""

    def __len__(self) -> int:
        return len(self._due) + len(self._arrived) + len(self._given_up)

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._due or item_id in self._arrived or item_id in self._given_up

    @property
    def ids(self) -> tuple[str, ...]:
        """All that the store may still call waiting and that must not be sent now."""
        return (*self._due, *self._arrived, *self._given_up)

    def room(self, *, live: bool) -> int:
        """How many more may follow."""
        if self.cautious:
            return 1 - len(self)
        return (MAX_UNDER_WAY if live else MAX_BACKLOG_UNDER_WAY) - len(self)

    def published(self, item_id: str, size_bytes: int, due_ns: int | None) -> None:
        """Note an item that is on its way; `due_ns`: when to give up waiting for its receipt (monotonic)."""
        self._due[item_id] = due_ns
        self._sizes[item_id] = size_bytes

    def taken(self, item_id: str) -> None:
        """The broker has this one, whoever else must still say so: it is not what it hangs up on."""
        if item_id in self._sizes:
            self._sizes[item_id] = 0
        if item_id == self._suspect:
            self._suspect, self._losses = None, 0

    def failed(self, item_id: str) -> None:
        """Forget an item that did not get there: the table still has it."""
        self._take(item_id)

    def overdue(self, now_ns: int) -> int:
        """Forget what waits too long for its receipt; gives how many that were."""
        late = [item_id for item_id, due_ns in self._due.items() if due_ns is not None and due_ns <= now_ns]
        for item_id in late:
            self._take(item_id)
        return len(late)

    def arrived(self, item_ids: Iterable[str]) -> None:
        """Note what can be marked as sent."""
        for item_id in item_ids:
            self._take(item_id)
            self._arrived[item_id] = None

    def give_up(self, item_id: str, packet_bytes: int) -> None:
        """Note an item that cannot be sent, and the packet that it would need."""
        self._take(item_id)
        self._given_up[item_id] = packet_bytes

    def lost(self) -> str | None:
        """The connection is gone, and what was under way with it. Gives the item that seems to be why, if any.

        A broker may not say how much it takes, and hang up on what is more: everything would wait behind that for ever.
        """
        oldest = next(iter(self._due), None)
        alone = len(self._due) == 1
        large = oldest is not None and self._sizes[oldest] > SUSPECT_BYTES
        self._due.clear()
        self._sizes.clear()
        if oldest is None or not large:
            self._suspect, self._losses = None, 0
            return None
        if oldest != self._suspect:
            self._suspect, self._losses = oldest, 0
        self.cautious = True
        self._losses += alone
        if self._losses < SUSPECT_LOSSES:
            return None
        self._suspect, self._losses = None, 0
        return oldest

    def unsettled(self) -> tuple[tuple[str, ...], dict[str, int]]:
        """What is to be marked as arrived, and as given up."""
        return tuple(self._arrived), dict(self._given_up)

    def settled(self, arrived: Collection[str], given_up: Collection[str]) -> None:
        """The store has it marked."""
        for item_id in arrived:
            self._arrived.pop(item_id, None)
        for item_id in given_up:
            self._given_up.pop(item_id, None)

    def _take(self, item_id: str) -> None:
        self._due.pop(item_id, None)
        self._sizes.pop(item_id, None)


class Pace:
    """At most so many a second, evenly: what was not used is not saved up beyond a tenth of a second."""

    def __init__(self, per_s: float) -> None:
        self._gap_ns = 1e9 / per_s
        self._burst_ns = max(1e8, self._gap_ns)
        self._next_ns = 0.0

    def wait_s(self, now_ns: int) -> float:
        """How long until the next may go; 0: now."""
        return max(0.0, (self._next_ns - now_ns) / 1e9)

    def took(self, now_ns: int) -> None:
        """Note that one went."""
        self._next_ns = max(self._next_ns, now_ns - self._burst_ns) + self._gap_ns
