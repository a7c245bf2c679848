"""The record as others see it: read-only, beside a recorder at work or without one, in pages of bounded size."""

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from okko.contracts import Encoding
from okko.errors import ConfigError
from recorder.migrations import FILE_NAME, LATEST, version_of
from recorder.query import Query, asked

_BUSY_TIMEOUT_S = 5.0
_PAGE = 200
_MAY_NOT_WRITE = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
"""What SQLite says where it would have to make its shared memory file and may not."""
Place = tuple[int, int]
"""Where an item stands in the order of decisions: when it was decided (Unix, ms), and its row."""

_FRAME = "frame_id, camera, path, sha256, source, size_bytes, gone_ms, gone_why, encoding, width_px, height_px, roi"

FIRST: Place = (-(2**63), -(2**63))
LAST: Place = (2**63 - 1, 2**63 - 1)


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """An image file and what it shows; `path` is relative to the data folder, `roi` JSON.

    Where the file was found without its frame, no more is known than its encoding: its size is 0 x 0.
    """

    frame_id: str
    camera: str
    path: str
    sha256: str
    source: str
    size_bytes: int
    gone_ms: int | None = None
    gone_why: str | None = None
    encoding: Encoding = "jpeg"
    width_px: int = 0
    height_px: int = 0
    roi: str | None = None


@dataclass(frozen=True, slots=True)
class StoredLabel:
    """What someone said of an item."""

    label: str
    golden: bool
    by: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item, as the JSON it came as, its frames by camera and shot, those whose images are gone, and its label."""

    item: str
    frames: tuple[StoredFrame, ...]
    gone: tuple[StoredFrame, ...] = ()
    label: StoredLabel | None = None


@contextmanager
def open_store(folder: Path) -> Iterator[sqlite3.Connection | None]:
    """The store of a data folder, for reading: takes no lock that a recorder would wait for. None where there is none.

    Raises:
        ConfigError: if it is no store of okko, or one of another okko.
        sqlite3.Error: if it cannot be read.
    """
    file = folder / FILE_NAME
    connection = _connect(file) if file.exists() else None
    try:
        version = 0 if connection is None else version_of(connection, file)
        if 0 < version < LATEST:
            what = f"the store has version {version}, of an older okko; this one reads version {LATEST}"
            raise ConfigError.one(file, "", what, "Start the station once: its recorder brings the store up to date")
        yield connection if version else None
    finally:
        if connection is not None:
            connection.close()


def stored_items(connection: sqlite3.Connection, query: Query) -> Iterator[StoredItem]:
    """The items that match, oldest first. No transaction stays open between pages: it would keep the WAL growing."""
    wanted = asked(query, facts=facts_since_ms(connection) is None)
    # What is recorded from now on is not of this list, which would otherwise chase a line at work.
    (newest_id,) = connection.execute("SELECT coalesce(max(id), 0) FROM items").fetchone()
    place = FIRST
    if query.limit is not None:
        sql = f"{wanted.page_sql(newest_first=True)} OFFSET ?"
        start = connection.execute(sql, (*wanted.values, *LAST, 1, query.limit - 1)).fetchone()
        place = (start[0], start[1] - 1) if start else place
    while page := connection.execute(wanted.page_sql(newest_first=False), (*wanted.values, *place, _PAGE)).fetchall():
        places = [found for found in page if found[1] <= newest_id]
        yield from items_at(connection, places, query.camera).values()
        place = page[-1]


def facts_since_ms(connection: sqlite3.Connection) -> int | None:
    """From which decision on (Unix, ms) items have their facts, where older ones still lack them; None: all have."""
    (lacking,) = connection.execute("SELECT id FROM facts_lacking").fetchone()
    if not lacking:
        return None
    row = connection.execute("SELECT decided_ms FROM items WHERE id > ? ORDER BY id LIMIT 1", (lacking,)).fetchone()
    return LAST[0] if row is None else int(row[0])


def items_at(
    connection: sqlite3.Connection, places: Sequence[Place], camera: str | None = None
) -> dict[Place, StoredItem]:
    """The items at these places, in their order, but those forgotten by now; the frames of one camera, or all."""
    ids = [number for _, number in places]
    marks = ", ".join("?" * len(ids))
    sql = f"SELECT id, item_id, item FROM items WHERE id IN ({marks})"  # noqa: S608 - values are bound
    rows = {number: (item_id, item) for number, item_id, item in connection.execute(sql, ids)}
    item_ids = [item_id for item_id, _ in rows.values()]
    frames = _frames(connection, item_ids, camera)
    labels = _labels(connection, item_ids)
    return {
        place: StoredItem(
            item,
            frames=tuple(frame for frame in frames.get(item_id, ()) if frame.gone_ms is None),
            gone=tuple(frame for frame in frames.get(item_id, ()) if frame.gone_ms is not None),
            label=labels.get(item_id),
        )
        for place in places
        for item_id, item in ((rows[place[1]],) if place[1] in rows else ())
    }


def count_items(connection: sqlite3.Connection, query: Query) -> int:
    """How many items match."""
    wanted = asked(query, facts=facts_since_ms(connection) is None)
    count: int
    sql = f"SELECT count(*) FROM {wanted.table} WHERE {wanted.where}"  # noqa: S608 - values are bound
    (count,) = connection.execute(sql, wanted.values).fetchone()
    return count if query.limit is None else min(count, query.limit)


def _frames(
    connection: sqlite3.Connection, item_ids: Sequence[str], camera: str | None
) -> dict[str, list[StoredFrame]]:
    marks = ", ".join("?" * len(item_ids))
    only = "" if camera is None else "AND camera = ?"
    rows = connection.execute(
        f"SELECT item_id, {_FRAME} FROM frames "  # noqa: S608 - values are bound
        f"WHERE item_id IN ({marks}) {only} ORDER BY camera, shot, frame_id",
        [*item_ids, *(() if camera is None else (camera,))],
    )
    found: dict[str, list[StoredFrame]] = {}
    for item_id, *frame in rows:
        found.setdefault(item_id, []).append(StoredFrame(*frame))
    return found


def frame_of(connection: sqlite3.Connection, frame_id: str) -> StoredFrame | None:
    """A frame by its id, or None where there is none.

    Raises:
        sqlite3.Error: if the store cannot be read.
    """
    row = connection.execute(f"SELECT {_FRAME} FROM frames WHERE frame_id = ?", (frame_id,)).fetchone()  # noqa: S608 - a constant
    return None if row is None else StoredFrame(*row)


_KEYS: Mapping[str, str] = {
    "frame_id": "frame_id",
    "sha256": "sha256",
    # What stands behind the last slash: all that is left when the rest is taken off by its own letters.
    "source_name": "replace(source, rtrim(source, replace(source, '/', '')), '')",
}


def frames_by(
    connection: sqlite3.Connection, key: Literal["frame_id", "sha256", "source_name"], values: Collection[str]
) -> list[StoredFrame]:
    """All frames of these ids, at once; or with images of these hashes, or from files of these names, by a walk.

    A walk through two million frames takes some seconds.

    Raises:
        sqlite3.Error: if the store cannot be read.
    """
    if not values:
        return []
    sql = f"SELECT {_FRAME} FROM frames WHERE {_KEYS[key]} IN (SELECT value FROM json_each(?))"  # noqa: S608 - constants
    return [StoredFrame(*row) for row in connection.execute(sql, (json.dumps(sorted(values)),))]


def _labels(connection: sqlite3.Connection, item_ids: Sequence[str]) -> dict[str, StoredLabel]:
    marks = ", ".join("?" * len(item_ids))
    rows = connection.execute(
        f"SELECT item_id, label, golden, by, at_ms FROM labels WHERE item_id IN ({marks})",  # noqa: S608 - values are bound
        item_ids,
    )
    return {item_id: StoredLabel(label, bool(golden), by, at_ms) for item_id, label, golden, by, at_ms in rows}


def _connect(file: Path) -> sqlite3.Connection:
    """A read-only connection, also where the folder may not be written and no recorder runs that keeps its WAL open."""
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        wal = file.with_name(f"{file.name}-wal")
        if error.sqlite_errorcode & 0xFF not in _MAY_NOT_WRITE or (wal.exists() and wal.stat().st_size):
            raise
        # Stopped cleanly, so all of it is in the one file, and nobody writes.
        return sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    except sqlite3.DatabaseError:
        # Not a database: `version_of` says so in words.
        return connection
    return connection
