"""A little room that is kept back for the day the disk is full: SQLite needs some before it can even be opened."""

import errno
import os
import sqlite3
from contextlib import suppress
from pathlib import Path

SIZE_BYTES = 512 * 1024
FILE_NAME = "reserve"


_FULL = {errno.ENOSPC, errno.EDQUOT}


def is_full(error: Exception, folder: Path) -> bool:
    """Whether an error came of a full disk: SQLite calls it an I/O error, where it cannot make its shared memory."""
    if getattr(error, "errno", None) in _FULL or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return True
    with suppress(OSError):
        space = os.statvfs(folder)
        return space.f_bavail * space.f_frsize < SIZE_BYTES
    return False


class Reserve:
    """A file of some size in a folder, given up where that lets its owner start."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE_NAME

    def keep(self) -> None:
        """Have it, if the disk has room; it is not worth a word where it has not."""
        with suppress(OSError):
            if self._file.stat().st_size == SIZE_BYTES:
                return
        try:
            fd = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o644)
        except OSError:
            return
        try:
            # Really there: a file with a hole would give nothing back.
            os.posix_fallocate(fd, 0, SIZE_BYTES)
        except OSError:
            self.give()
        finally:
            os.close(fd)

    def give(self) -> bool:
        """Give it up; whether there was one."""
        try:
            self._file.unlink()
        except OSError:
            return False
        return True
