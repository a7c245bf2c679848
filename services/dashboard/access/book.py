"""The store of people, open: `dashboard/access.db` below a station's data, for its owner alone to read."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from dashboard.access.audit import Audit
from dashboard.access.failures import FailureCounts
from dashboard.access.schema import migrate
from dashboard.access.sessions import Sessions
from dashboard.access.users import Users
from okko.errors import ConfigError
from okko.transaction import transaction

FOLDER = "dashboard"
FILE_NAME = "access.db"
_BUSY_TIMEOUT_S = 5.0


def file_of(data: Path) -> Path:
    """Where the store lies below the data folder of a station."""
    return data / FOLDER / FILE_NAME


@dataclass(frozen=True, slots=True)
class Book:
    """The store and its tables. One thread at a time uses it; other processes may have it open as well."""

    db: sqlite3.Connection
    users: Users
    sessions: Sessions
    failures: FailureCounts
    audit: Audit

    @classmethod
    def open(cls, data: Path) -> Self:
        """Open the store below a station's data folder; made where there is none, brought to the latest version.

        Raises:
            ConfigError: if it cannot be read or written, is damaged, another program's, or a newer okko's.
        """
        file = file_of(data)
        try:
            _make_private(file)
            db = sqlite3.connect(file, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.OperationalError) as error:
            raise _unusable(file, error) from error
        try:
            migrate(db, file)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
        except sqlite3.DatabaseError as error:
            db.close()
            raise _unusable(file, error) from error
        except BaseException:
            db.close()
            raise
        return cls(db, Users(db), Sessions(db), FailureCounts(db), Audit(db))

    @contextmanager
    def change(self) -> Iterator[None]:
        """All that is done inside is kept, or nothing.

        Raises:
            sqlite3.Error: if another process keeps it locked for long, or the disk does not take it.
        """
        with transaction(self.db):
            yield

    def close(self) -> None:
        """Close it; what was committed stays."""
        self.db.close()


def _make_private(file: Path) -> None:
    """Have the file, readable for the owner of the data alone, also where root makes it in somebody's folder."""
    data = file.parent.parent
    data.mkdir(parents=True, exist_ok=True)
    owner = data.stat()
    for path, make, mode in ((file.parent, _folder, 0o700), (file, _empty_file, 0o600)):
        if make(path) and os.geteuid() == 0:
            os.chown(path, owner.st_uid, owner.st_gid)
        if path.stat().st_mode & 0o077:
            path.chmod(mode)  # SQLite gives the files beside it the same


def _folder(path: Path) -> bool:
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        return False
    return True


def _empty_file(path: Path) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    return True


def _unusable(file: Path, error: Exception) -> ConfigError:
    if isinstance(error, PermissionError) or (file.exists() and not os.access(file, os.R_OK | os.W_OK)):
        return ConfigError.one(
            file, "", "belongs to another user", "Do it as the user that the dashboard runs as: sudo -u NAME ..."
        )
    damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
    remedy = "Move it away and add the accounts anew: okko users add" if damaged else "Look at the disk and its room"
    return ConfigError.one(file, "", f"cannot be used: {error}", remedy)
