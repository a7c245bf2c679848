"""The table of contents of the record: SQLite, written by one thread, each commit safe from a power cut."""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Self

from okko import clock
from okko.transaction import transaction
from recorder.facts_store import add_facts
from recorder.label_store import Outcome, Said, items_in, write_said
from recorder.migrations import FILE_NAME, migrate, version_of
from recorder.ranks import rank_images
from recorder.records import LOST, FrameRow, ItemRow, frame_values

_BUSY_TIMEOUT_S = 5.0
WAL_LIMIT_BYTES = 64 * 1024 * 1024


_ITEM_FIELDS = tuple(field.name for field in fields(ItemRow) if field.name != "facts")
_FRAME_FIELDS = tuple(field.name for field in fields(FrameRow))


def _insert(table: str, names: Sequence[str]) -> str:
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - constants


# Not INSERT OR IGNORE: that would also swallow a row which breaks another constraint.
_INSERT_ITEM = f"{_insert('items', _ITEM_FIELDS)} ON CONFLICT (item_id) DO NOTHING"
_INSERT_FRAME = (
    f"{_insert('frames', _FRAME_FIELDS)} ON CONFLICT (frame_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _FRAME_FIELDS)
    + ", gone_ms = NULL, gone_why = NULL "
    + f"WHERE frames.frame_sha256 = '' OR frames.gone_why IN {LOST!r}"
)
"""A frame that comes again is nothing new, unless its file was lost, or was found without its frame."""

ADOPT_FRAME = f"{_insert('frames', _FRAME_FIELDS)} ON CONFLICT (frame_id) DO NOTHING"
_INSERT_UPLINK = "INSERT INTO uplink (record_seq, id) VALUES (?, ?)"
_item_values = attrgetter(*_ITEM_FIELDS)


@dataclass(frozen=True, slots=True)
class KnownFrame:
    """What the store has of a frame that comes again."""

    path: str
    frame_sha256: str
    gone_why: str | None = None

    @property
    def wanted_again(self) -> bool:
        """Whether its file was lost, or is all that there is of it."""
        return not self.frame_sha256 or self.gone_why in LOST


@dataclass(frozen=True, slots=True)
class Recent:
    """A frame that was added lately, and what its file must be."""

    number: int
    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Added:
    """What one commit brought: how many rows were new, which items came again with another verdict.

    `to_send` are new items that are noted as still to go up.
    """

    items: int
    frames: int
    contradicting: tuple[str, ...]
    to_send: tuple[ItemRow, ...] = ()
    outcomes: tuple[Outcome, ...] = ()


class Store:
    """The store, open for writing. One thread uses it."""

    def __init__(
        self, connection: sqlite3.Connection, *, uplink: bool = False, ok_images_one_in: int = 1, is_new: bool = False
    ) -> None:
        self._connection = connection
        self.is_new = is_new
        """Whether there was none, or an empty file."""
        self._uplink = uplink
        self._one_in = ok_images_one_in

    @classmethod
    def open(cls, folder: Path, *, uplink: bool = False, ok_images_one_in: int = 1) -> Self:
        """Open the store of a data folder; made where there is none, brought to the latest version where it is older.

        `uplink`: each new item is noted as still to go up, in the commit that adds it. Of OK items, the images of one
        in `ok_images_one_in` are to stay.

        Raises:
            ConfigError: if there is something else, or a store of a newer okko.
            sqlite3.Error: if the disk does not let us.
        """
        file = folder / FILE_NAME
        connection = sqlite3.connect(file, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        try:
            is_new = version_of(connection, file) == 0
            migrate(connection, file)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
        except BaseException:
            connection.close()
            raise
        return cls(connection, uplink=uplink, ok_images_one_in=ok_images_one_in, is_new=is_new)

    def add(self, items: Sequence[ItemRow], frames: Sequence[FrameRow], said: Sequence[Said] = ()) -> Added:
        """Add what is new, in one commit; what is there already stays as it is.

        Raises:
            sqlite3.Error: if the disk does not take it; then nothing was added.
        """
        execute = self._connection.execute
        with transaction(self._connection):
            new_frames = sum(execute(_INSERT_FRAME, frame_values(row)).rowcount for row in frames)
            new_items = 0
            contradicting = []
            to_send = []
            for row in items:
                added = execute(_INSERT_ITEM, _item_values(row))
                if added.rowcount:
                    new_items += 1
                    add_facts(self._connection, added.lastrowid or 0, row)
                    if self._uplink:
                        execute(_INSERT_UPLINK, (row.record_seq, added.lastrowid))
                        to_send.append(row)
                elif not self._agrees(row):
                    contradicting.append(row.item_id)
            outcomes = tuple(write_said(self._connection, one) for one in said)
            # A frame may come before its item or after it, and a label at any time: the rank follows from all of them.
            changed = {row.item_id for row in items} | {row.item_id for row in frames}
            for item_id in changed.union(*map(items_in, outcomes)):
                rank_images(self._connection, item_id, self._one_in)
        return Added(new_items, new_frames, tuple(contradicting), tuple(to_send), outcomes)

    def known_frame(self, frame_id: str) -> KnownFrame | None:
        """What the store has of a frame, if anything."""
        row = self._connection.execute(
            "SELECT path, frame_sha256, gone_why FROM frames WHERE frame_id = ?", (frame_id,)
        ).fetchone()
        return None if row is None else KnownFrame(*row)

    def writing(self, hours: Collection[str]) -> None:
        """Note that files are about to be written in these folders; all that was written before is safe.

        Raises:
            sqlite3.Error: if the disk does not take it.
        """
        self._settled(hours)

    def settle(self) -> None:
        """Note that files and rows agree: nothing is left of a crash, and nothing is being written.

        Raises:
            sqlite3.Error: if the disk does not take it.
        """
        self._settled(())

    def unsettled_hours(self) -> list[str]:
        """The folders in which a crash may have left files."""
        return [hour for (hour,) in self._connection.execute("SELECT hour FROM unsettled ORDER BY hour")]

    def recent(self, count: int) -> list[Recent]:
        """The rows that were added since files and rows were last known to agree, the newest first."""
        rows = self._connection.execute(
            "SELECT id, path, size_bytes, sha256 FROM frames WHERE id > (SELECT frame FROM settled) "
            "AND gone_ms IS NULL ORDER BY id DESC LIMIT ?",
            (count,),
        )
        return [Recent(*row) for row in rows]

    def mark_lost(self, rows: Sequence[Recent], why: str) -> None:
        """Note that these have no image any more.

        Raises:
            sqlite3.Error: if the disk does not take it.
        """
        with transaction(self._connection):
            self._connection.executemany(
                "UPDATE frames SET gone_ms = ?, gone_why = ? WHERE id = ?",
                [(clock.unix_ns() // 1_000_000, why, row.number) for row in rows],
            )

    def adopt(self, rows: Sequence[FrameRow]) -> None:
        """Enter images that were found without a row.

        Raises:
            sqlite3.Error: if the disk does not take it.
        """
        with transaction(self._connection):
            self._connection.executemany(ADOPT_FRAME, [frame_values(row) for row in rows])
            for item_id in {row.item_id for row in rows}:
                rank_images(self._connection, item_id, self._one_in)

    def begin_salvage(self, file: str) -> None:
        """Note that a damaged store is still to be read, or, without a name, that images lack their rows.

        Raises:
            sqlite3.Error: if the disk does not take it.
        """
        self._connection.execute("INSERT OR IGNORE INTO salvage (file) VALUES (?)", (file,))

    def close(self) -> None:
        """Close the store; what was committed stays."""
        self._connection.close()

    def _settled(self, hours: Collection[str]) -> None:
        with transaction(self._connection):
            self._connection.execute("DELETE FROM unsettled")
            self._connection.executemany("INSERT INTO unsettled VALUES (?)", [(hour,) for hour in hours])
            self._connection.execute("UPDATE settled SET frame = (SELECT coalesce(max(id), 0) FROM frames)")

    def _agrees(self, row: ItemRow) -> bool:
        kept = self._connection.execute(
            "SELECT verdict, reason FROM items WHERE item_id = ?", (row.item_id,)
        ).fetchone()
        return bool(kept == (row.verdict, row.reason))
