"""The record as others see it: read-only, beside a recorder at work or without one, in pages of bounded size."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from okko.contracts import Encoding, Reason, VerdictWord
from okko.errors import ConfigError
from recorder.migrations import FILE_NAME, LATEST, version_of

_BUSY_TIMEOUT_S = 5.0
_PAGE = 200
_MAY_NOT_WRITE = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
"""What SQLite says where it would have to make its shared memory file and may not."""
_FIRST = -(2**63)


@dataclass(frozen=True, slots=True)
class Query:
    """Which items are wanted; `since_ms` inclusive, `until_ms` not (Unix). With `limit`: the newest so many.

    `items`: only those with these ids.
    """

    verdict: VerdictWord | None = None
    reason: Reason | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    camera: str | None = None
    labelled: bool = False
    golden: bool | None = None
    limit: int | None = None
    items: tuple[str, ...] | None = None


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
    where, values = where_sql(query)
    # What is recorded from now on is not of this list, which would otherwise chase a line at work.
    (newest_id,) = connection.execute("SELECT coalesce(max(id), 0) FROM items").fetchone()
    where, values = f"{where} AND id <= ?", [*values, newest_id]
    decided_ms, last_id = _FIRST, _FIRST
    if query.limit is not None and (
        start := connection.execute(start_sql(where), [*values, query.limit - 1]).fetchone()
    ):
        decided_ms, last_id = start[0], start[1] - 1
    while True:
        page = connection.execute(page_sql(where), [*values, decided_ms, last_id, _PAGE]).fetchall()
        if not page:
            return
        frames = _frames(connection, [row[2] for row in page], query.camera)
        labels = _labels(connection, [row[2] for row in page])
        for _, _, item_id, item in page:
            of_item = frames.get(item_id, ())
            yield StoredItem(
                item,
                frames=tuple(frame for frame in of_item if frame.gone_ms is None),
                gone=tuple(frame for frame in of_item if frame.gone_ms is not None),
                label=labels.get(item_id),
            )
        decided_ms, last_id = page[-1][:2]


def count_items(connection: sqlite3.Connection, query: Query) -> int:
    """How many items match."""
    where, values = where_sql(query)
    count: int
    (count,) = connection.execute(f"SELECT count(*) FROM items WHERE {where}", values).fetchone()  # noqa: S608 - values are bound
    return count if query.limit is None else min(count, query.limit)


def start_sql(where: str) -> str:
    """The statement for where the newest so many begin."""
    return f"SELECT decided_ms, id FROM items WHERE {where} ORDER BY decided_ms DESC, id DESC LIMIT 1 OFFSET ?"  # noqa: S608 - values are bound


def page_sql(where: str) -> str:
    """The statement for one page, after a given place."""
    return (
        f"SELECT decided_ms, id, item_id, item FROM items WHERE {where} "  # noqa: S608 - values are bound
        "AND (decided_ms, id) > (?, ?) ORDER BY decided_ms, id LIMIT ?"
    )


def where_sql(query: Query) -> tuple[str, list[str | int]]:
    """The conditions of a query, as SQL and its values."""
    camera = None if query.camera is None else f" {query.camera} "
    conditions: tuple[tuple[str, str | int | None], ...] = (
        ("verdict = ?", query.verdict),
        ("reason = ?", query.reason),
        ("decided_ms >= ?", query.since_ms),
        ("decided_ms < ?", query.until_ms),
        ("instr(cameras, ?)", camera),
        # One bound value, however many there are.
        ("item_id IN (SELECT value FROM json_each(?))", None if query.items is None else json.dumps(query.items)),
    )
    given = [(sql, value) for sql, value in conditions if value is not None]
    sqls = [sql for sql, _ in given] + (["item_id IN (SELECT item_id FROM labels)"] if query.labelled else [])
    if query.golden is not None:
        sqls.append(f"golden = {int(query.golden)}")  # no bound value: SQLite would not see that the index is of these
    return " AND ".join(sqls) or "1", [value for _, value in given]


def _frames(
    connection: sqlite3.Connection, item_ids: Sequence[str], camera: str | None
) -> dict[str, list[StoredFrame]]:
    marks = ", ".join("?" * len(item_ids))
    only = "" if camera is None else "AND camera = ?"
    rows = connection.execute(
        "SELECT item_id, frame_id, camera, path, sha256, source, size_bytes, gone_ms, gone_why, "  # noqa: S608 - values are bound
        "encoding, width_px, height_px, roi FROM frames "
        f"WHERE item_id IN ({marks}) {only} ORDER BY camera, shot, frame_id",
        [*item_ids, *(() if camera is None else (camera,))],
    )
    found: dict[str, list[StoredFrame]] = {}
    for item_id, *frame in rows:
        found.setdefault(item_id, []).append(StoredFrame(*frame))
    return found


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
