"""A store that SQLite cannot read any more: told from other trouble, and moved aside, never deleted."""

import sqlite3
from contextlib import suppress
from pathlib import Path

from okko import clock
from recorder.migrations import FILE_NAME

_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def is_damage(error: BaseException) -> bool:
    """Whether an error says that the file itself is damaged, so that trying again cannot help."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, sqlite3.DatabaseError) and code is not None and (code & 0xFF) in _DAMAGE


def set_aside(folder: Path) -> Path:
    """Move the store of a data folder aside with all that belongs to it; gives where it is now.

    Raises:
        OSError: if the disk does not let us.
    """
    stamp = clock.utc_now().replace(":", "").replace("-", "").replace(".", "")
    aside = folder / f"{FILE_NAME}.damaged-{stamp}"
    # The log first: a store without its log is older, but a log beside a store that it is not of would be replayed.
    for suffix in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            (folder / f"{FILE_NAME}{suffix}").rename(f"{aside}{suffix}")
    return aside
