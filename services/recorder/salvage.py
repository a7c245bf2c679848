"""After damage: what can be read of the old store goes into the new one, then images that have no row get theirs.

A few rows at a time, in the sweeper's thread, beside a recorder at work. How far it is stands in the store, so that it
goes on after a restart. What comes meanwhile is never replaced by what is found.
"""

import os
import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from okko.errors import ContractError
from okko.transaction import transaction
from recorder.adopt import adopted_row, is_whole
from recorder.facts_store import add_facts
from recorder.images import UNFINISHED, Images
from recorder.ranks import rank_images
from recorder.records import FrameRow, frame_values, read_item
from recorder.store import ADOPT_FRAME

STEP_ROWS = 100
STEP_FILES = 32
STEP_LOOKS = 500
MAX_BARREN = 100
"""After so many steps without a row that can be read, the rest is given up."""

_NUMBERS = {"id", "undoes"}
"""Columns that are of no use here: rows are numbered anew."""

_PARTS = ("items", "frames", "labels", "label_history", "annotations")


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was got back from a damaged store; of images that had no row, where `file` is empty."""

    file: str
    items: int
    frames: int
    labels: int
    images: int

    def __str__(self) -> str:
        if not self.file:
            return f"{self.images} images that had no row are in the record again"
        return (
            f"{self.items} items, {self.frames} frames and {self.labels} labels of {self.file} are in the record "
            "again; what else was in it is lost"
        )


@dataclass(slots=True)
class _Progress:
    file: str
    part: str
    after_id: int
    items: int
    frames: int
    labels: int
    images: int

    @property
    def report(self) -> Salvaged:
        return Salvaged(self.file, self.items, self.frames, self.labels, self.images)


@dataclass(slots=True)
class _Old:
    """A damaged store, open for reading; `columns` of each table that both it and ours have."""

    connection: sqlite3.Connection
    columns: dict[str, list[str]] = field(default_factory=dict)
    barren: int = 0


class Salvage:
    """Takes over what is noted in the table `salvage`. One thread uses it."""

    def __init__(self, connection: sqlite3.Connection, images: Images, *, uplink: bool, ok_images_one_in: int) -> None:
        self._connection = connection
        self._images = images
        self._uplink = uplink
        self._one_in = ok_images_one_in
        self._old: tuple[str, _Old | None] | None = None
        self._hours: deque[str] | None = None
        self._files: deque[str] = deque()

    def step(self) -> Salvaged | bool:
        """One bounded piece of work; whether there was any, or what came of a store that is through.

        Raises:
            OSError: if the disk does not let us.
            sqlite3.Error: if our own store cannot be written.
        """
        # Rows before images: an empty name comes last.
        row = self._connection.execute("SELECT * FROM salvage ORDER BY file DESC LIMIT 1").fetchone()
        if row is None:
            return False
        progress = _Progress(*row)
        done = self._rows(progress) if progress.file else self._files_without_rows(progress)
        return progress.report if done else True

    def close(self) -> None:
        """Let go of the damaged store."""
        if self._old is not None and self._old[1] is not None:
            self._old[1].connection.close()
        self._old = None

    def _rows(self, progress: _Progress) -> bool:
        old = self._opened(progress.file)
        part = progress.part or _PARTS[0]
        ended = old is None or part not in old.columns
        rows: list[tuple[object, ...]] = []
        if old is not None and not ended:
            rows, progress.after_id, ended = _read(old, part, progress.after_id)
        with transaction(self._connection):
            taken = sum(self._enter(old, part, row) for row in rows) if old is not None else 0
            progress.items += taken * (part == "items")
            progress.frames += taken * (part == "frames")
            progress.labels += taken * (part == "labels")
            if old is not None and part != "items":
                item_id = 1 + old.columns[part].index("item_id") if rows else 0
                self._rank(str(row[item_id]) for row in rows)
            if ended:
                part, progress.after_id = next(iter(_PARTS[_PARTS.index(part) + 1 :]), ""), 0
            done = not part or old is None
            self._note(progress, part, done=done)
        if done:
            self.close()
        return done

    def _enter(self, old: _Old, part: str, row: tuple[object, ...]) -> bool:
        """Put a row into our table; False where we have it, or where it is not what it should be."""
        columns = old.columns[part]
        execute = self._connection.execute
        values = dict(zip(columns, row[1:], strict=True))
        marks = ", ".join("?" * len(columns))
        sql = f"INSERT INTO {part} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608 - constants
        try:
            item = read_item(str(values["item"]).encode()).row if part == "items" else None
            if item is not None and item.item_id != values["item_id"]:
                return False
            if part == "frames":
                self._images.place(str(values["path"]))
                execute("DELETE FROM frames WHERE frame_id = ? AND frame_sha256 = ''", (values["frame_id"],))
            added = execute(sql, row[1:])
        except (ContractError, sqlite3.IntegrityError):
            return False
        if added.rowcount and item is not None:
            add_facts(self._connection, added.lastrowid or 0, item)
        if added.rowcount and part == "items" and self._uplink and _unsent(old, values["record_seq"], row[0]):
            execute("INSERT INTO uplink (record_seq, id) VALUES (?, ?)", (values["record_seq"], added.lastrowid))
        return bool(added.rowcount)

    def _files_without_rows(self, progress: _Progress) -> bool:
        folder = self._images.folder
        if self._hours is None:
            hours = sorted(hour.relative_to(folder).as_posix() for hour in folder.glob("images/*/*"))
            self._hours = deque(hour for hour in hours if hour >= progress.part)
        if not self._files and self._hours:
            progress.part = self._hours.popleft()
            with suppress(FileNotFoundError, NotADirectoryError):
                self._files.extend(f"{progress.part}/{name}" for name in os.listdir(folder / progress.part))  # noqa: PTH208 - names
        rows = []
        for _ in range(min(STEP_LOOKS, len(self._files))):
            if (row := self._row_of(self._files.popleft())) is not None:
                rows.append(row)
                if len(rows) == STEP_FILES:
                    break
        done = not self._files and not self._hours
        with transaction(self._connection):
            for row in rows:
                progress.images += self._connection.execute(ADOPT_FRAME, frame_values(row)).rowcount
            self._rank(row.item_id for row in rows)
            self._note(progress, progress.part, done=done)
        if done:
            self._hours = None
        return done

    def _row_of(self, path: str) -> FrameRow | None:
        """The row for a file that has none."""
        file = self._images.place(path)
        if file.name.startswith(UNFINISHED) or self._is_known(file.stem):
            return None
        try:
            row = adopted_row(file, path)
            if row is not None and not is_whole(file):
                self._images.set_aside(path)
                return None
        except FileNotFoundError:
            return None
        return row

    def _rank(self, item_ids: Iterable[str]) -> None:
        for item_id in set(item_ids):
            rank_images(self._connection, item_id, self._one_in)

    def _is_known(self, frame_id: str) -> bool:
        found = self._connection.execute("SELECT 1 FROM frames WHERE frame_id = ?", (frame_id,)).fetchone()
        return found is not None

    def _note(self, progress: _Progress, part: str, *, done: bool) -> None:
        if done:
            self._connection.execute("DELETE FROM salvage WHERE file = ?", (progress.file,))
            return
        self._connection.execute(
            "UPDATE salvage SET part = ?, after_id = ?, items = ?, frames = ?, labels = ?, images = ? WHERE file = ?",
            (
                part,
                progress.after_id,
                progress.items,
                progress.frames,
                progress.labels,
                progress.images,
                progress.file,
            ),
        )

    def _opened(self, name: str) -> _Old | None:
        """A damaged store, or None where nothing of it can be read."""
        if self._old is None or self._old[0] != name:
            self.close()
            self._old = (name, self._open(self._images.folder / name))
        return self._old[1]

    def _open(self, file: Path) -> _Old | None:
        if not file.is_file():
            return None
        connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            old = _Old(connection)
            for part in _PARTS:
                ours = _columns(self._connection, part)
                if both := [name for name in _columns(connection, part) if name in ours and name not in _NUMBERS]:
                    old.columns[part] = both
        except sqlite3.Error:
            connection.close()
            return None
        return old


def _read(old: _Old, part: str, after_id: int) -> tuple[list[tuple[object, ...]], int, bool]:
    """The next rows of a table, the id after which to go on, and whether that was the end of what can be read."""
    select = f"SELECT rowid, {', '.join(old.columns[part])} FROM {part} WHERE rowid"  # noqa: S608 - names of ours
    try:
        with closing(old.connection.execute(f"{select} > ? ORDER BY rowid LIMIT ?", (after_id, STEP_ROWS))) as found:
            rows = found.fetchall()
    except sqlite3.Error:
        rows = list(_one_by_one(old, select, range(after_id + 1, after_id + 1 + STEP_ROWS)))
        old.barren = 0 if rows else old.barren + 1
        return rows, after_id + STEP_ROWS, old.barren >= MAX_BARREN
    return rows, rows[-1][0] if rows else after_id, len(rows) < STEP_ROWS


def _one_by_one(old: _Old, select: str, ids: Sequence[int]) -> Iterator[tuple[object, ...]]:
    """The rows around a damaged page, as far as each can be read."""
    for number in ids:
        with suppress(sqlite3.Error):
            yield from old.connection.execute(f"{select} = ?", (number,)).fetchall()


def _unsent(old: _Old, record_seq: object, number: object) -> bool:
    """Whether an item had still to go up. In doubt it goes up again: twice is better than never."""
    try:
        sql = "SELECT 1 FROM uplink WHERE record_seq = ? AND id = ?"
        return old.connection.execute(sql, (record_seq, number)).fetchone() is not None
    except sqlite3.Error:
        return True


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
