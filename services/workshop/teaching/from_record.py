"""Examples from what is recorded, with what people have said of the items."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec

from okko.contracts import VerdictWord
from okko.errors import ConfigError, ImageError
from recorder.query import Query
from recorder.reader import StoredItem, count_items, open_store, stored_items
from workshop.replay.truth import truth_of
from workshop.teaching.example import Example, Known, example_of


class _Captured(msgspec.Struct):
    frame_id: str | None = None
    captured_at: str = ""


class _Item(msgspec.Struct):
    """What teaching wants to know of an item."""

    item_id: str
    part_id: str
    decided_at: str
    captured: tuple[_Captured, ...] = ()
    golden: bool = False


_NOT_THERE = "they were chosen, and are not in the record, or not of this camera, time and verdict"

_decode = msgspec.json.Decoder(_Item).decode


class Record:
    """The recorded items that are to be shown; what was left out, and why, is counted in `left_out`.

    With `labels` only items that a person labelled; else all of them are good but those that a person called
    something else. Who is called KO, or by a defect, is a KO example; `defects` counts the latter. `limit`: the newest
    so many; `items`: only those with these ids.
    """

    def __init__(  # noqa: PLR0913 - each is a way to say which
        self,
        data: Path,
        camera: str,
        *,
        labels: bool = False,
        since_ms: int | None = None,
        until_ms: int | None = None,
        verdict: VerdictWord | None = None,
        limit: int | None = None,
        items: tuple[str, ...] | None = None,
    ) -> None:
        self.left_out: Counter[str] = Counter()
        self.defects: Counter[str] = Counter()
        self._data = data
        self._labels = labels
        self._query = Query(
            verdict=verdict,
            since_ms=since_ms,
            until_ms=until_ms,
            camera=camera,
            labelled=labels or None,
            limit=limit,
            items=items,
        )

    def count(self) -> int:
        """How many items will be gone through; 0 where nothing is recorded, which `examples` tells."""
        with self._open() as connection:
            return 0 if connection is None else count_items(connection, self._query)

    def examples(self) -> Iterator[Example]:
        """The pictures of the items, oldest first.

        Raises:
            ConfigError: if nothing is recorded, or the record cannot be read.
        """
        with self._open() as connection:
            if connection is None:
                what = "nothing is recorded here yet"
                raise ConfigError.one(self._data, "", what, "Let the line run a while, or show a folder: --from")
            if self._query.items is not None:
                found = count_items(connection, replace(self._query, limit=None))
                self.left_out[_NOT_THERE] = len(self._query.items) - found
            for stored in stored_items(connection, self._query):
                yield from self._of(stored)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection | None]:
        try:
            with open_store(self._data) as connection:
                yield connection
        except sqlite3.Error as error:
            raise ConfigError.one(self._data, "", f"the record cannot be read: {error}") from error

    def _of(self, stored: StoredItem) -> Iterator[Example]:
        item = _decode(stored.item)
        if item.golden and stored.label is None:
            # A known-bad one is not good because nobody labelled it, and the good ones are the same few each shift.
            self.left_out["they are golden parts"] += 1
            return
        label = None if stored.label is None else stored.label.label.strip()
        if label is None and self._labels:
            return
        known: Known = truth_of(label) or "OK"
        defect = label if known == "KO" and label is not None and label.casefold() != "ko" else ""
        if defect:
            self.defects[defect] += 1
        captured = {shot.frame_id: shot.captured_at for shot in item.captured}
        if stored.gone:
            self.left_out["their images are gone from the record"] += len(stored.gone)
        for index, frame in enumerate(stored.frames):
            name = item.item_id if index == 0 else frame.frame_id
            at = captured.get(frame.frame_id) or item.decided_at
            try:
                data = (self._data / frame.path).read_bytes()
                example = example_of(data, name, known, captured_at=at, part_id=item.part_id, defect=defect)
                example.open().at(8)
            except (ImageError, OSError):
                self.left_out["their images cannot be read"] += 1
            else:
                yield example
