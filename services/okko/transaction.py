"""One SQLite transaction: all of it is there afterwards, or nothing, and none stays open."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Begin one that may write; committed at the end, rolled back where anything fails, the commit included.

    Raises:
        sqlite3.Error: if the file is locked, or the disk does not take it.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
