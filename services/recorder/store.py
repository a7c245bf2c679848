"""The table of contents of the record: SQLite, written by one thread, each commit safe from a power cut."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Self

from recorder.migrations import migrate
from recorder.records import FrameRow, ItemRow

FILE_NAME = "store.sqlite"

_BUSY_TIMEOUT_S = 5.0
WAL_LIMIT_BYTES = 64 * 1024 * 1024


def _insert(table: str, row: type[ItemRow | FrameRow], key: str) -> str:
    names = [field.name for field in fields(row)]
    marks = ", ".join("?" * len(names))
    # Not INSERT OR IGNORE: that would also swallow a row which breaks another constraint.
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT ({key}) DO NOTHING"  # noqa: S608


_INSERT_ITEM = _insert("items", ItemRow, "item_id")
_INSERT_FRAME = _insert("frames", FrameRow, "frame_id")
_INSERT_UPLINK = "INSERT INTO uplink (record_seq, id) VALUES (?, ?)"
_item_values = attrgetter(*(field.name for field in fields(ItemRow)))
_frame_values = attrgetter(*(field.name for field in fields(FrameRow)))


@dataclass(frozen=True, slots=True)
class KnownFrame:
    """What the store has of a frame that comes again."""

    path: str
    frame_sha256: str


@dataclass(frozen=True, slots=True)
class Added:
    """What one commit brought: how many rows were new, which items came again with another verdict.

    `to_send` are new items that are noted as still to go up.
    """

    items: int
    frames: int
    contradicting: tuple[str, ...]
    to_send: tuple[ItemRow, ...] = ()


class Store:
    """The store, open for writing. One thread uses it."""

    def __init__(self, connection: sqlite3.Connection, *, uplink: bool = False) -> None:
        self._connection = connection
        self._uplink = uplink

    @classmethod
    def open(cls, folder: Path, *, uplink: bool = False) -> Self:
        """Open the store of a data folder; made where there is none, brought to the latest version where it is older.

        `uplink`: each new item is noted as still to go up, in the commit that adds it.

        Raises:
            ConfigError: if there is something else, or a store of a newer okko.
            sqlite3.Error: if the disk does not let us.
        """
        file = folder / FILE_NAME
        connection = sqlite3.connect(file, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        try:
            migrate(connection, file)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
        except BaseException:
            connection.close()
            raise
        return cls(connection, uplink=uplink)

    def add(self, items: Sequence[ItemRow], frames: Sequence[FrameRow]) -> Added:
        """Add what is new, in one commit; what is there already stays as it is.

        Raises:
            sqlite3.Error: if the disk does not take it; then nothing was added.
        """
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            new_frames = sum(execute(_INSERT_FRAME, _frame_values(row)).rowcount for row in frames)
            new_items = 0
            contradicting = []
            to_send = []
            for row in items:
                added = execute(_INSERT_ITEM, _item_values(row))
                if added.rowcount:
                    new_items += 1
                    if self._uplink:
                        execute(_INSERT_UPLINK, (row.record_seq, added.lastrowid))
                        to_send.append(row)
                elif not self._agrees(row):
                    contradicting.append(row.item_id)
            execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise
        return Added(new_items, new_frames, tuple(contradicting), tuple(to_send))

    def known_frame(self, frame_id: str) -> KnownFrame | None:
        """What the store has of a frame, if anything."""
        row = self._connection.execute(
            "SELECT path, frame_sha256 FROM frames WHERE frame_id = ?", (frame_id,)
        ).fetchone()
        return None if row is None else KnownFrame(*row)

    def newest_paths(self, count: int) -> list[str]:
        """The files of the frames that were added last."""
        rows = self._connection.execute("SELECT path FROM frames ORDER BY id DESC LIMIT ?", (count,))
        return [path for (path,) in rows]

    def close(self) -> None:
        """Close the store; what was committed stays."""
        self._connection.close()

    def _agrees(self, row: ItemRow) -> bool:
        kept = self._connection.execute(
            "SELECT verdict, reason FROM items WHERE item_id = ?", (row.item_id,)
        ).fetchone()
        return bool(kept == (row.verdict, row.reason))
