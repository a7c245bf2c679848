"""Examples from what is recorded, with what people have said of the items."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from okko.contracts import VerdictWord
from okko.errors import ConfigError, ImageError
from recorder.reader import Query, StoredItem, open_store, stored_items
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


_decode = msgspec.json.Decoder(_Item).decode


class Record:
    """The recorded items that are to be shown; what was left out, and why, is counted in `left_out`.

    With `labels` only items that a person called OK or KO; else all of them are good but those that a person called
    something else: those called KO are KO examples all the same. `limit`: the newest so many.
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
    ) -> None:
        self.left_out: Counter[str] = Counter()
        self._data = data
        self._labels = labels
        self._query = Query(
            verdict=verdict, since_ms=since_ms, until_ms=until_ms, camera=camera, labelled=labels, limit=limit
        )

    def examples(self) -> Iterator[Example]:
        """The pictures of the items, oldest first.

        Raises:
            ConfigError: if nothing is recorded, or the record cannot be read.
        """
        try:
            with open_store(self._data) as connection:
                if connection is None:
                    what = "nothing is recorded here yet"
                    raise ConfigError.one(self._data, "", what, "Let the line run a while, or show a folder: --from")
                for stored in stored_items(connection, self._query):
                    yield from self._of(stored)
        except sqlite3.Error as error:
            raise ConfigError.one(self._data, "", f"the record cannot be read: {error}") from error

    def _of(self, stored: StoredItem) -> Iterator[Example]:
        item = _decode(stored.item)
        if item.golden and stored.label is None:
            # A known-bad one is not good because nobody labelled it, and the good ones are the same few each shift.
            self.left_out["they are golden parts"] += 1
            return
        known = self._known(stored)
        if known is None:
            return
        captured = {shot.frame_id: shot.captured_at for shot in item.captured}
        if stored.gone:
            self.left_out["their images are gone from the record"] += len(stored.gone)
        for index, frame in enumerate(stored.frames):
            name = item.item_id if index == 0 else frame.frame_id
            at = captured.get(frame.frame_id) or item.decided_at
            try:
                data = (self._data / frame.path).read_bytes()
                example = example_of(data, name, known, captured_at=at, part_id=item.part_id)
                example.open().at(8)
            except (ImageError, OSError):
                self.left_out["their images cannot be read"] += 1
            else:
                yield example

    def _known(self, stored: StoredItem) -> Known | None:
        label = None if stored.label is None else stored.label.label
        match label:
            case "OK" | "KO":
                return label
            case None:
                return None if self._labels else "OK"
            case _:
                self.left_out[f"labelled {label!r}, which is neither OK nor KO"] += 1
                return None
