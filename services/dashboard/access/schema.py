"""The schema of the store of people, version by version. A version that was released is never edited."""

import sqlite3
from pathlib import Path

from okko.errors import ConfigError
from okko.transaction import transaction

APPLICATION_ID = int.from_bytes(b"okac")
"""What `file` and we know it by (PRAGMA application_id)."""

AUDIT_KEPT = 100_000
"""Entries; the oldest go first, and only they can: the trigger `audit_stays` has the same number."""

_VERSION_1 = (
    # `key`: the name without what does not tell people apart.
    """
    CREATE TABLE users (
        id          INTEGER PRIMARY KEY,
        name        TEXT NOT NULL,
        key         TEXT NOT NULL UNIQUE,
        role        INTEGER NOT NULL,
        hash        TEXT NOT NULL,
        language    TEXT,
        created_ms  INTEGER NOT NULL,
        changed_ms  INTEGER NOT NULL,
        disabled    INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    """
    CREATE TABLE sessions (
        token_sha256  TEXT PRIMARY KEY,
        user          INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        csrf          TEXT NOT NULL,
        created_ms    INTEGER NOT NULL,
        seen_ms       INTEGER NOT NULL,
        expires_ms    INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX sessions_user ON sessions (user)",
    """
    CREATE TABLE failures (
        kind     TEXT NOT NULL,
        who      TEXT NOT NULL,
        count    INTEGER NOT NULL,
        last_ms  INTEGER NOT NULL,
        PRIMARY KEY (kind, who)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX failures_last ON failures (last_ms)",
    """
    CREATE TABLE audit (
        id       INTEGER PRIMARY KEY AUTOINCREMENT,
        at_ms    INTEGER NOT NULL,
        who      TEXT NOT NULL,
        role     TEXT NOT NULL,
        address  TEXT NOT NULL,
        action   TEXT NOT NULL,
        object   TEXT NOT NULL,
        result   TEXT NOT NULL,
        detail   TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX audit_at ON audit (at_ms)",
    """
    CREATE TRIGGER audit_stands BEFORE UPDATE ON audit BEGIN
        SELECT raise(ABORT, 'an audit entry is never changed');
    END
    """,
    """
    CREATE TRIGGER audit_stays BEFORE DELETE ON audit WHEN OLD.id > (SELECT max(id) FROM audit) - 100000 BEGIN
        SELECT raise(ABORT, 'an audit entry stays until 100000 have followed it');
    END
    """,
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_VERSION_1,)
LATEST = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection, file: Path) -> None:
    """Bring the store to the latest version, all of it or nothing. `connection` is in autocommit mode.

    Raises:
        ConfigError: if it is another program's, or one of a newer okko.
        sqlite3.Error: if it is damaged, or the disk does not take it.
    """
    if _version_of(connection, file) == LATEST:
        return
    with transaction(connection):  # two processes may open the same new store: only one of them makes it
        for version in range(_version_of(connection, file), LATEST):
            for statement in MIGRATIONS[version]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _version_of(connection: sqlite3.Connection, file: Path) -> int:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and application_id != APPLICATION_ID:
        raise ConfigError.one(file, "", "is no store of the dashboard's people", "Move it away")
    if version > LATEST:
        what = f"has version {version}, written by a newer okko; this one knows versions up to {LATEST}"
        raise ConfigError.one(file, "", what, "Install that okko")
    return int(version)
