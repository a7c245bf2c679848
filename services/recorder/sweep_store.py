"""What the sweeper reads and writes in the store: the oldest images of each rank, and that they are gone.

Each question walks the front of an index, so that it costs the same with a hundred images and with ten million.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from okko.transaction import transaction
from recorder.beside import connect_beside
from recorder.migrations import FILE_NAME
from recorder.retention import BY_ROOM, Candidate

OLDEST_SQL = "SELECT captured_ms FROM frames WHERE rank = ? AND gone_ms IS NULL ORDER BY captured_ms LIMIT 1"
LEAVING_SQL = "SELECT item_id FROM frames WHERE rank = ? AND gone_ms IS NULL ORDER BY captured_ms LIMIT ?"
IMAGES_SQL = "SELECT id, captured_ms, size_bytes, path FROM frames WHERE item_id = ? AND gone_ms IS NULL"
ROWS_SQL = (
    "SELECT id, item_id, decided_ms FROM items WHERE decided_ms < ? AND (decided_ms, id) > (?, ?) "
    "ORDER BY decided_ms, id LIMIT ?"
)
_NEEDED = """
SELECT EXISTS (SELECT 1 FROM frames WHERE item_id = ?1 AND gone_ms IS NULL)
    OR EXISTS (SELECT 1 FROM labels WHERE item_id = ?1)
    OR EXISTS (SELECT 1 FROM annotations WHERE item_id = ?1)
    OR EXISTS (SELECT 1 FROM uplink JOIN items USING (record_seq, id) WHERE items.item_id = ?1)
"""


@dataclass(frozen=True, slots=True)
class Leaving:
    """The images of an item that may go: their rows and files."""

    candidate: Candidate
    frames: tuple[int, ...]
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a look at old items brought: how many were forgotten, and after which one to go on; None: that was all."""

    forgotten: int
    after: tuple[int, int] | None


class SweepStore:
    """The store, as one thread sees it that removes images."""

    def __init__(self, connection: sqlite3.Connection, inode: int) -> None:
        self._connection = connection
        self.inode = inode
        """Which file it is, whatever its name becomes."""

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The store of a data folder.

        Raises:
            NotThereYet: while the writer has not made it.
            ConfigError: if there is something else, or a store of a newer okko.
            sqlite3.Error: if it cannot be used.
        """
        file = folder / FILE_NAME
        inode = file.stat().st_ino if file.exists() else 0
        return cls(connect_beside(folder), inode)

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection, for others in the same thread."""
        return self._connection

    def kept(self) -> tuple[int, int]:
        """How many images there are, and their bytes."""
        images, size_bytes = self._connection.execute("SELECT images, bytes FROM kept").fetchone()
        return images, size_bytes

    def oldest_ms(self) -> dict[int, int]:
        """When the oldest image of each rank was taken; ranks without one are left out."""
        found = {rank: self._connection.execute(OLDEST_SQL, (rank,)).fetchone() for rank in BY_ROOM}
        return {rank: row[0] for rank, row in found.items() if row is not None}

    def change(self) -> AbstractContextManager[None]:
        """What is done inside is one commit; meanwhile nobody else changes a rank."""
        return transaction(self._connection)

    def leaving(self, rank: int, count: int) -> list[Leaving]:
        """The items of a rank whose images are the oldest, with all their images: of `count` images or some more."""
        execute = self._connection.execute
        item_ids = dict.fromkeys(item_id for (item_id,) in execute(LEAVING_SQL, (rank, count)))
        found = []
        for item_id in item_ids:
            rows = execute(IMAGES_SQL, (item_id,)).fetchall()
            candidate = Candidate(item_id, min(row[1] for row in rows), sum(row[2] for row in rows))
            found.append(Leaving(candidate, tuple(row[0] for row in rows), tuple(row[3] for row in rows)))
        return found

    def mark_gone(self, leaving: Sequence[Leaving], why: str, now_ms: int) -> None:
        """Note that these images are gone."""
        self._connection.executemany(
            "UPDATE frames SET gone_ms = ?, gone_why = ? WHERE id = ?",
            [(now_ms, why, frame) for item in leaving for frame in item.frames],
        )

    def forget_rows(self, before_ms: int, after: tuple[int, int], count: int) -> Rows:
        """Forget items decided before an instant, `count` looked at: those without images, labels and way to go."""
        execute = self._connection.execute
        with transaction(self._connection):
            rows = execute(ROWS_SQL, (before_ms, *after, count)).fetchall()
            leaving = [row for row in rows if not execute(_NEEDED, (row[1],)).fetchone()[0]]
            for number, item_id, _ in leaving:
                execute("DELETE FROM frames WHERE item_id = ?", (item_id,))
                execute("DELETE FROM items WHERE id = ?", (number,))
        return Rows(len(leaving), (rows[-1][2], rows[-1][0]) if len(rows) == count else None)

    def close(self) -> None:
        """Close it; what was committed stays."""
        self._connection.close()
