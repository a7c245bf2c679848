"""A connection to the store beside its writer's, for the uplink and the sweeper, which never make a store."""

import sqlite3
from pathlib import Path

from recorder.migrations import FILE_NAME, LATEST, version_of
from recorder.store import WAL_LIMIT_BYTES

_BUSY_TIMEOUT_S = 1.0
"""Both try again by themselves, and must not hold up a stop."""


class NotThereYet(Exception):
    """The writer has not made the store yet, or not brought it up to date."""


def connect_beside(folder: Path) -> sqlite3.Connection:
    """The store of a data folder, for reading and writing. Its commits do not wait for the disk.

    Raises:
        NotThereYet: while the writer has not made it.
        ConfigError: if there is something else, or a store of a newer okko.
        sqlite3.Error: if it cannot be used.
    """
    file = folder / FILE_NAME
    if not file.exists():
        raise NotThereYet
    uri = f"{file.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
    try:
        if version_of(connection, file) < LATEST:
            raise NotThereYet
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
    except BaseException:
        connection.close()
        raise
    return connection
