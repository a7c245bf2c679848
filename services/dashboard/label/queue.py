"""The items that somebody goes through to label them: in order, back and forth, and what was done. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from okko import contracts as c
from recorder.reader import Place, StoredItem, StoredLabel
from recorder.search import Found

_decode = msgspec.json.Decoder(c.Item).decode

LOW = 12
"""When so few are left, more are to be fetched."""

BEHIND = 500
"""So many that were gone through stay at hand; older ones are let go, or ten thousand labels would take the memory."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An item to look at; `label` is what stands by now."""

    place: Place
    stored: StoredItem
    told: c.Item
    label: StoredLabel | None

    @property
    def item_id(self) -> str:
        """Its id."""
        return self.told.item_id


@dataclass(frozen=True, slots=True)
class Given:
    """A label that was given here: which change of which item it was."""

    item_id: str
    entry: int


class Queue:
    """The items, the one in hand, and the labels that were given, the last of which can be taken back."""

    def __init__(self) -> None:
        self._items: list[Waiting] = []
        self._known: set[str] = set()
        self._at = 0
        self._given: list[Given] = []
        self._done: set[str] = set()

    def add(self, found: Iterable[Found]) -> int:
        """Put items at the end, but those that were here before; how many came."""
        before = len(self._items)
        for one in found:
            told = _decode(one.item.item)
            if told.item_id not in self._known:
                self._known.add(told.item_id)
                self._items.append(Waiting(one.place, one.item, told, one.item.label))
        came = len(self._items) - before
        if (old := self._at - BEHIND) > 0:
            del self._items[:old]
            self._at -= old
        return came

    @property
    def current(self) -> Waiting | None:
        """The item in hand; None at the end."""
        return self._items[self._at] if self._at < len(self._items) else None

    @property
    def passed_over(self) -> int:
        """How many that are here have no label: skipped, or still to come."""
        return sum(one.label is None for one in self._items)

    @property
    def wants_more(self) -> bool:
        """Whether few are left."""
        return len(self._items) - self._at <= LOW

    @property
    def done(self) -> int:
        """How many items got a label here."""
        return len(self._done)

    def ahead(self, count: int) -> Sequence[Waiting]:
        """The next ones."""
        return self._items[self._at + 1 : self._at + 1 + count]

    def step(self, by: int) -> None:
        """Go on or back, within what there is."""
        self._at = min(max(0, self._at + by), len(self._items))

    def go_to(self, item_id: str) -> None:
        """Take this one in hand, if it is here."""
        self._at = self._find(item_id, self._at)

    def labelled(self, item_id: str, label: StoredLabel, entry: int) -> None:
        """Note what was said, and that it can be taken back."""
        self._given.append(Given(item_id, entry))
        self._note(item_id, label)

    @property
    def last_given(self) -> Given | None:
        """The label that would be taken back."""
        return self._given[-1] if self._given else None

    def undone(self, label: StoredLabel | None) -> None:
        """The last one was taken back: its item is in hand again, with the label that it had."""
        given = self._given.pop()
        self._note(given.item_id, label)
        self.go_to(given.item_id)

    def forget_last(self) -> None:
        """The last one cannot be taken back any more: somebody else has labelled its item since."""
        self._given.pop()

    def _note(self, item_id: str, label: StoredLabel | None) -> None:
        if (at := self._find(item_id, -1)) >= 0:
            self._items[at] = replace(self._items[at], label=label)
        if label is None:
            self._done.discard(item_id)
        else:
            self._done.add(item_id)

    def _find(self, item_id: str, otherwise: int) -> int:
        return next((at for at, one in enumerate(self._items) if one.item_id == item_id), otherwise)
