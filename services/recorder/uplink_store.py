"""What is still to go up, as the store has it: its table is the queue, so that days away cost disk and no memory.

A connection of its own beside the writer's, used by one thread. Its commits do not wait for the disk: a mark that a
power cut takes back means that an item goes up twice, with the same `item_id`.
"""

import json
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from okko.transaction import transaction
from recorder.beside import connect_beside

NEVER = 2**62
"""The size of a packet that no broker will take: of an item that was refused for itself."""

_WAITING = """
SELECT items.item_id, items.item FROM uplink JOIN items ON items.id = uplink.id
WHERE uplink.given_up_bytes IS NULL AND items.item_id NOT IN (SELECT value FROM json_each(?))
ORDER BY uplink.record_seq, uplink.id LIMIT ?
"""
_OF_ITEM = "WHERE (record_seq, id) = (SELECT record_seq, id FROM items WHERE item_id = ?)"
_MARK = f"DELETE FROM uplink {_OF_ITEM}"  # noqa: S608 - a constant
_GIVE_UP = f"UPDATE uplink SET given_up_bytes = ? {_OF_ITEM}"  # noqa: S608 - a constant
_COUNT = "SELECT count(*), count(given_up_bytes) FROM uplink"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An item that is to go up, as the JSON it came as."""

    item_id: str
    item: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many items wait, and how many were given up."""

    waiting: int
    given_up: int


class UplinkStore:
    """The table `uplink`. One thread uses it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The table in the store of a data folder.

        Raises:
            NotThereYet: while the writer has not made it.
            ConfigError: if there is something else, or a store of a newer okko.
            sqlite3.Error: if it cannot be used.
        """
        return cls(connect_beside(folder))

    def waiting(self, *, without: Collection[str], max_items: int, max_bytes: int) -> list[Waiting]:
        """The next items in the order of `record_seq`, but those of `without`; the last may go beyond the bytes.

        Raises:
            sqlite3.Error: if they cannot be read.
        """
        found: list[Waiting] = []
        size = 0
        cursor = self._connection.execute(_WAITING, (json.dumps(list(without)), max_items))
        try:
            for item_id, item in cursor:
                found.append(Waiting(item_id, item))
                size += len(item)
                if size >= max_bytes:
                    break
        finally:
            cursor.close()  # ends the read transaction, which would keep the WAL growing
        return found

    def settle(self, arrived: Collection[str], given_up: Mapping[str, int]) -> int:
        """Mark what has arrived, and what was given up with the packet it would need, in one short commit.

        Gives how many had arrived that were not marked yet.

        Raises:
            sqlite3.Error: if the disk does not take it; then nothing is marked.
        """
        with transaction(self._connection):
            marked = sum(self._connection.execute(_MARK, (item_id,)).rowcount for item_id in arrived)
            self._connection.executemany(_GIVE_UP, ((size, item_id) for item_id, size in given_up.items()))
        return marked

    def try_again(self, max_packet_bytes: int | None) -> int:
        """Let wait again what was given up and would fit now; gives how many.

        Raises:
            sqlite3.Error: if the disk does not take it.
        """
        fits = NEVER - 1 if max_packet_bytes is None else max_packet_bytes
        return self._connection.execute(
            "UPDATE uplink SET given_up_bytes = NULL WHERE given_up_bytes <= ?", (fits,)
        ).rowcount

    def backlog(self) -> Backlog:
        """How much there is.

        Raises:
            sqlite3.Error: if it cannot be read.
        """
        total, given_up = self._connection.execute(_COUNT).fetchone()
        return Backlog(total - given_up, given_up)

    def close(self) -> None:
        """Close it; what was committed stays."""
        self._connection.close()
