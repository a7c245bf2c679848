"""The items of the record that a choice means: the newest ones, with what people said of them."""

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from dashboard.teach.choice import Choice, Gathered
from recorder.query import Query
from recorder.reader import StoredItem, stored_items
from recorder.search import search
from workshop.replay.truth import truth_of
from workshop.teaching.amounts import MOST_GOOD, MOST_KO

PATIENCE_S = 5.0
"""For how long the record is searched: what is rare in millions of items is not worth more."""

_PAGE = 200


class _Item(msgspec.Struct):
    item_id: str
    golden: bool = False


_decode = msgspec.json.Decoder(_Item).decode


def gather(connection: sqlite3.Connection, choice: Choice) -> Gathered:
    """The items that are to be shown, good ones and KO ones; golden parts are none, unless a person labelled them.

    Raises:
        sqlite3.Error: if the store cannot be read.
    """
    found = _Sorting()
    span = Query(camera=choice.camera, since_ms=choice.since_ms, until_ms=choice.until_ms)
    if choice.images == "chosen":
        for stored in stored_items(connection, Query(camera=choice.camera, items=choice.items)):
            found.take(stored)
    elif choice.images == "labelled":
        for stored in _newest(connection, replace(span, labelled=True)):
            found.take(stored)
            if len(found.good) >= MOST_GOOD and len(found.ko) >= MOST_KO:
                break
    else:
        for stored in _newest(connection, replace(span, verdict="OK")):
            found.take(stored)
            if len(found.good) >= choice.count:
                break
        # What people called bad tells how many would escape, whenever it was.
        for stored in _newest(connection, Query(camera=choice.camera, labelled=True)):
            found.take(stored, good_too=False)
            if len(found.ko) >= MOST_KO:
                break
    return Gathered(tuple(found.good), tuple(found.ko), found.defects, found.without)


class _Sorting:
    """Good ones and KO ones, each once and no more than are taken."""

    def __init__(self) -> None:
        self.good: dict[str, None] = {}
        self.ko: dict[str, None] = {}
        self.defects: Counter[str] = Counter()
        self.without = 0

    def take(self, stored: StoredItem, *, good_too: bool = True) -> None:
        item = _decode(stored.item)
        label = None if stored.label is None else stored.label.label.strip()
        if (item.golden and label is None) or item.item_id in self.good or item.item_id in self.ko:
            return
        is_ko = truth_of(label) == "KO"
        if is_ko and label is not None and len(self.ko) < MOST_KO and stored.frames:
            self.ko[item.item_id] = None
            self.defects[label] += 1
        elif not is_ko and good_too and len(self.good) < MOST_GOOD and stored.frames:
            self.good[item.item_id] = None
        elif not stored.frames and (is_ko or good_too):
            self.without += 1


def _newest(connection: sqlite3.Connection, query: Query) -> Iterator[StoredItem]:
    """The items that match, the newest first, for as long as there is patience."""
    end_s = time.monotonic() + PATIENCE_S
    place = None
    while time.monotonic() < end_s:
        page = search(connection, query, after=place, count=_PAGE)
        yield from (found.item for found in page.found)
        if (place := page.next_place) is None:
            return
