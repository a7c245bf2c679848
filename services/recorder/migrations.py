"""The store's schema, version by version. A version that was released is never edited: a change is a new one.

Indexes: `okko items` walks one of them from its end, whatever it asks for, and stops at the limit. `decided_ms` stands
last in each, since SQLite appends the row's id to it: that is the order of the list.
"""

import sqlite3
from pathlib import Path

from okko.errors import ConfigError

FILE_NAME = "store.sqlite"
"""What a store is called in its data folder."""

APPLICATION_ID = int.from_bytes(b"okko")
"""What `file` and we know a store by (PRAGMA application_id)."""

NOTED_SQL = "(verdict = 'KO' OR borderline = 1 OR findings <> '')"
"""Items that somebody looks for sooner or later; a query has these very words for SQLite to know the index by."""

_VERSION_1 = (
    """
    CREATE TABLE items (
        id          INTEGER PRIMARY KEY,
        item_id     TEXT NOT NULL UNIQUE,
        record_seq  INTEGER NOT NULL,
        verdict     TEXT NOT NULL,
        reason      TEXT NOT NULL,
        part_id     TEXT NOT NULL,
        seq         INTEGER,
        decided_ms  INTEGER NOT NULL,
        latency_ms  REAL NOT NULL,
        borderline  INTEGER NOT NULL,
        cameras     TEXT NOT NULL,
        item        TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX items_decided ON items (decided_ms)",
    "CREATE INDEX items_verdict ON items (verdict, decided_ms)",
    "CREATE INDEX items_reason ON items (reason, decided_ms)",
    "CREATE INDEX items_verdict_reason ON items (verdict, reason, decided_ms)",
    """
    CREATE TABLE frames (
        id            INTEGER PRIMARY KEY,
        frame_id      TEXT NOT NULL UNIQUE,
        item_id       TEXT NOT NULL,
        camera        TEXT NOT NULL,
        shot          INTEGER NOT NULL,
        captured_ms   INTEGER NOT NULL,
        path          TEXT NOT NULL,
        size_bytes    INTEGER NOT NULL,
        sha256        TEXT NOT NULL,
        frame_sha256  TEXT NOT NULL,
        source        TEXT NOT NULL,
        encoding      TEXT NOT NULL,
        width_px      INTEGER NOT NULL,
        height_px     INTEGER NOT NULL,
        roi           TEXT,
        exposure_us   REAL,
        gain          REAL
    ) STRICT
    """,
    "CREATE INDEX frames_item ON frames (item_id)",
)

_VERSION_2 = (
    # What is still to go up. `given_up_bytes`: the packet that the broker would have to take for it; null: it waits.
    """
    CREATE TABLE uplink (
        record_seq      INTEGER NOT NULL,
        id              INTEGER NOT NULL REFERENCES items (id),
        given_up_bytes  INTEGER,
        PRIMARY KEY (record_seq, id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX uplink_waiting ON uplink (record_seq, id) WHERE given_up_bytes IS NULL",
    """
    CREATE TRIGGER items_gone AFTER DELETE ON items BEGIN
        DELETE FROM uplink WHERE record_seq = OLD.record_seq AND id = OLD.id;
    END
    """,
)

_VERSION_3 = (
    # How early an image goes (recorder/retention.py), and when and why it went; the row stays.
    "ALTER TABLE frames ADD COLUMN rank INTEGER NOT NULL DEFAULT 4",
    "ALTER TABLE frames ADD COLUMN gone_ms INTEGER",
    "ALTER TABLE frames ADD COLUMN gone_why TEXT",
    """
    UPDATE frames SET rank = coalesce((
        SELECT 2 * (1 + (verdict <> 'OK' OR borderline)) + EXISTS (
            SELECT 1 FROM uplink WHERE uplink.record_seq = items.record_seq AND uplink.id = items.id
        )
        FROM items WHERE items.item_id = frames.item_id
    ), 4)
    """,
    "CREATE INDEX frames_leaving ON frames (rank, captured_ms) WHERE gone_ms IS NULL",
    # Summed up as it changes: to add up millions of rows at each start would take seconds.
    "CREATE TABLE kept (images INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT",
    "INSERT INTO kept SELECT count(*), coalesce(sum(size_bytes), 0) FROM frames",
    """
    CREATE TRIGGER frames_came AFTER INSERT ON frames WHEN NEW.gone_ms IS NULL BEGIN
        UPDATE kept SET images = images + 1, bytes = bytes + NEW.size_bytes;
    END
    """,
    """
    CREATE TRIGGER frames_changed AFTER UPDATE OF gone_ms, size_bytes ON frames BEGIN
        UPDATE kept SET
            images = images + (NEW.gone_ms IS NULL) - (OLD.gone_ms IS NULL),
            bytes = bytes + iif(NEW.gone_ms IS NULL, NEW.size_bytes, 0) - iif(OLD.gone_ms IS NULL, OLD.size_bytes, 0);
    END
    """,
    """
    CREATE TRIGGER frames_forgotten AFTER DELETE ON frames WHEN OLD.gone_ms IS NULL BEGIN
        UPDATE kept SET images = images - 1, bytes = bytes - OLD.size_bytes;
    END
    """,
    # What has gone up is one rank earlier: see UNSENT.
    """
    CREATE TRIGGER uplink_settled AFTER DELETE ON uplink BEGIN
        UPDATE frames SET rank = rank & ~1 WHERE item_id = (SELECT item_id FROM items WHERE id = OLD.id);
    END
    """,
    # What people say of an item: what stands, and each thing that was ever said.
    """
    CREATE TABLE labels (
        item_id  TEXT PRIMARY KEY,
        label    TEXT NOT NULL,
        golden   INTEGER NOT NULL,
        by       TEXT NOT NULL,
        at_ms    INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE label_history (
        id       INTEGER PRIMARY KEY,
        item_id  TEXT NOT NULL,
        label    TEXT,
        golden   INTEGER NOT NULL,
        by       TEXT NOT NULL,
        at_ms    INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX label_history_item ON label_history (item_id, id)",
)

_VERSION_4 = (
    # Where a crash can have left something: folders that are written to, and the last row known to have its file.
    "CREATE TABLE unsettled (hour TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
    "CREATE TABLE settled (frame INTEGER NOT NULL) STRICT",
    "INSERT INTO settled SELECT coalesce(max(id), 0) FROM frames",
    # What is still to be read from stores that were damaged: how far each is. An empty name: only the images are left.
    """
    CREATE TABLE salvage (
        file      TEXT PRIMARY KEY,
        part      TEXT NOT NULL DEFAULT '',
        after_id  INTEGER NOT NULL DEFAULT 0,
        items     INTEGER NOT NULL DEFAULT 0,
        frames    INTEGER NOT NULL DEFAULT 0,
        labels    INTEGER NOT NULL DEFAULT 0,
        images    INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
)

_VERSION_5 = (
    # Items of golden parts, which are few and looked for among millions.
    "ALTER TABLE items ADD COLUMN golden INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX items_golden ON items (decided_ms) WHERE golden = 1",
)

_VERSION_6 = (
    # What people search for, a short row an item (recorder/facts.py). To fill it for millions of items takes minutes,
    # so the sweeper does it beside a recorder at work, the newest first.
    """
    CREATE TABLE facts (
        decided_ms  INTEGER NOT NULL,
        id          INTEGER NOT NULL REFERENCES items (id),
        verdict     TEXT NOT NULL,
        reason      TEXT NOT NULL,
        borderline  INTEGER NOT NULL,
        golden      INTEGER NOT NULL,
        label       TEXT,
        low         REAL,
        high        REAL,
        margin      REAL,
        part_id     TEXT NOT NULL,
        cameras     TEXT NOT NULL,
        scores      TEXT NOT NULL,
        findings    TEXT NOT NULL,
        carried     TEXT NOT NULL,
        PRIMARY KEY (decided_ms, id)
    ) STRICT, WITHOUT ROWID
    """,
    # Those that are few among millions, or asked for by name.
    "CREATE INDEX facts_part ON facts (part_id, decided_ms, id)",
    "CREATE INDEX facts_labelled ON facts (decided_ms, id, label) WHERE label IS NOT NULL",
    f"CREATE INDEX facts_noted ON facts (decided_ms, id, borderline, label, margin) WHERE {NOTED_SQL}",
    # Items up to this id have no facts yet; 0: all have.
    "CREATE TABLE facts_lacking (id INTEGER NOT NULL) STRICT",
    "INSERT INTO facts_lacking SELECT coalesce(max(id), 0) FROM items",
    """
    CREATE TRIGGER items_forgotten AFTER DELETE ON items BEGIN
        DELETE FROM facts WHERE decided_ms = OLD.decided_ms AND id = OLD.id;
    END
    """,
    *(
        f"""
        CREATE TRIGGER labels_{name} AFTER {event} ON labels BEGIN
            UPDATE facts SET label = {value}
            WHERE decided_ms = (SELECT decided_ms FROM items WHERE item_id = {row}.item_id)
            AND id = (SELECT id FROM items WHERE item_id = {row}.item_id);
        END
        """  # noqa: S608 - constants
        for name, event, value, row in (
            ("given", "INSERT", "NEW.label", "NEW"),
            ("changed", "UPDATE OF label", "NEW.label", "NEW"),
            ("removed", "DELETE", "NULL", "OLD"),
        )
    ),
)

_VERSION_7 = (
    # What each change of a label took the place of, and which one it took back: what undo needs.
    "ALTER TABLE label_history ADD COLUMN was_label TEXT",
    "ALTER TABLE label_history ADD COLUMN was_golden INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE label_history ADD COLUMN undoes INTEGER",
    """
    UPDATE label_history SET (was_label, was_golden) = (before.label, before.golden) FROM label_history AS before
    WHERE before.id = (
        SELECT max(id) FROM label_history AS older
        WHERE older.item_id = label_history.item_id AND older.id < label_history.id
    )
    """,
    # Boxes and masks that people drew, all those of a frame as JSON (recorder/annotations.py).
    """
    CREATE TABLE annotations (
        frame_id     TEXT PRIMARY KEY,
        item_id      TEXT NOT NULL,
        by           TEXT NOT NULL,
        at_ms        INTEGER NOT NULL,
        count        INTEGER NOT NULL,
        annotations  TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX annotations_item ON annotations (item_id)",
    """
    CREATE TRIGGER items_unsaid AFTER DELETE ON items BEGIN
        DELETE FROM label_history WHERE item_id = OLD.item_id;
        DELETE FROM annotations WHERE item_id = OLD.item_id;
    END
    """,
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    _VERSION_1,
    _VERSION_2,
    _VERSION_3,
    _VERSION_4,
    _VERSION_5,
    _VERSION_6,
    _VERSION_7,
)
LATEST = len(MIGRATIONS)


def version_of(connection: sqlite3.Connection, file: Path) -> int:
    """The store's version; 0 for an empty file.

    Raises:
        ConfigError: if it is another program's, or one of a newer okko.
        sqlite3.DatabaseError: if it is no database, or a damaged one.
    """
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and application_id != APPLICATION_ID:
        raise _foreign(file)
    if version > LATEST:
        raise ConfigError.one(
            file,
            "",
            f"the store has version {version}, written by a newer okko; this one knows versions up to {LATEST}",
            "Install that okko, or give [recorder] another `path`",
        )
    return int(version)


def migrate(connection: sqlite3.Connection, file: Path, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS) -> None:
    """Bring a store to the latest version, each step whole or not at all. `connection` is in autocommit mode.

    Raises:
        ConfigError: if it is no store of okko, or one of a newer okko.
    """
    for version in range(version_of(connection, file), len(migrations)):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in migrations[version]:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _foreign(file: Path) -> ConfigError:
    return ConfigError.one(file, "", "is no store of okko", "Move it away, or give [recorder] another `path`")
