"""Events out of the book, for the report and for whoever looks."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.events.book import FILE
from okko.contracts import Severity


@dataclass(frozen=True, slots=True)
class NotedEvent:
    """An event; `at_ms` Unix."""

    at_ms: int
    severity: Severity
    code: str
    agent: str
    text: str
    item_id: str | None = None


@dataclass(frozen=True, slots=True)
class EventKind:
    """Events that differ in their numbers alone: how many, when first and last (Unix, ms), and the last one's text."""

    severity: Severity
    code: str
    agent: str
    text: str
    count: int
    first_ms: int
    last_ms: int


def newest_events(data: Path, limit: int, *, severities: tuple[Severity, ...] = ()) -> list[NotedEvent]:
    """The newest events of a data folder's book, newest first; of these severities only, where some are given.

    Raises:
        sqlite3.Error: if the book cannot be read.
    """
    where = f"WHERE severity IN ({', '.join('?' * len(severities))})" if severities else ""
    sql = f"SELECT at_ms, severity, code, agent, text, item_id FROM events {where} ORDER BY id DESC LIMIT ?"  # noqa: S608 - values are bound
    return [NotedEvent(*row) for row in _rows(data, sql, (*severities, limit)) or ()]


def event_kinds(data: Path, since_ms: int, until_ms: int) -> list[EventKind] | None:
    """The warnings and errors of a span, alike ones together, oldest first. None where there is no book.

    Raises:
        sqlite3.Error: if the book cannot be read.
    """
    sql = (
        "WITH kinds AS (SELECT count(*) AS often, min(at_ms) AS first, max(at_ms) AS last, max(id) AS newest "
        "FROM events WHERE at_ms >= ? AND at_ms < ? AND severity IN ('warning', 'error') "
        "GROUP BY severity, code, agent, alike) "
        "SELECT severity, code, agent, text, often, first, last FROM kinds JOIN events ON id = newest "
        "ORDER BY first, id"
    )
    rows = _rows(data, sql, (since_ms, until_ms))
    return None if rows is None else [EventKind(*row) for row in rows]


def noted_since_ms(data: Path) -> int | None:
    """The instant (Unix, ms) of the oldest event in the book: what was before it is not known. None: there is none.

    Raises:
        sqlite3.Error: if the book cannot be read.
    """
    return next((oldest for (oldest,) in _rows(data, "SELECT min(at_ms) FROM events", ()) or ()), None)


def _rows(data: Path, sql: str, values: tuple[object, ...]) -> list[tuple[Any, ...]] | None:
    file = data / FILE
    if not file.exists():
        return None
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0)) as connection:
        begun = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'events'").fetchone()
        # Its first events are being written: the file comes before what stands in it.
        return connection.execute(sql, values).fetchall() if begun else None
