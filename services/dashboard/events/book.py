"""The book of events: each that the agents publish, the newest so many, in a small file of its own.

The record has none of them, and the broker keeps none. The report of a shift is written by another process, later.
"""

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from okko import clock
from okko import contracts as c
from okko.transaction import transaction
from okko.watch.tally import alike

log = logging.getLogger(__name__)

FILE = Path("dashboard") / "events.db"
"""Where the book lies, below the station's data folder."""

KEPT = 20_000
"""So many events at most: 4 MB, and weeks of a line that is well."""

WAITING = 1000
"""So many wait for the disk at most; where more come, the oldest are lost and their number is logged."""

FLUSH_S = 1.0
LONGEST_TEXT = 2000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    id        INTEGER PRIMARY KEY,
    at_ms     INTEGER NOT NULL,
    severity  TEXT NOT NULL,
    code      TEXT NOT NULL,
    agent     TEXT NOT NULL,
    text      TEXT NOT NULL,
    alike     TEXT NOT NULL,
    item_id   TEXT
) STRICT
"""
_INDEX = "CREATE INDEX IF NOT EXISTS events_at ON events (at_ms)"
_ADD = "INSERT INTO events (at_ms, severity, code, agent, text, alike, item_id) VALUES (?, ?, ?, ?, ?, ?, ?)"
_PRUNE = "DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?"
_NO_DATABASE = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}

Row = tuple[int, str, str, str, str, str, str | None]


class EventBook:
    """Takes events on the loop and writes them in a thread. `data`: the station's data folder; `keep`: how many."""

    def __init__(self, data: Path, keep: int = KEPT) -> None:
        self.file = data / FILE
        self._keep = keep
        self._waiting: deque[Row] = deque()
        self._lost = 0
        self._failing = False

    def add(self, event: c.Event) -> None:
        """Note an event; it is on the disk about a second later. Never waits, never fails."""
        self._waiting.append(_row(event))
        self._within_bounds()

    async def run(self) -> None:
        """Write what was added, until cancelled; what is left then is written first.

        While the disk does not take it, this is logged once and tried again.
        """
        try:
            while True:
                await asyncio.sleep(FLUSH_S)
                if self._waiting:
                    await asyncio.to_thread(self._try_flush)
        finally:
            self._try_flush()

    def flush(self) -> None:
        """Write what was added.

        Raises:
            OSError: if the folder cannot be made.
            sqlite3.Error: if the disk does not take it; then it waits on.
        """
        rows: list[Row] = []
        while self._waiting:
            rows.append(self._waiting.popleft())
        if not rows:
            return
        try:
            self._write(rows)
        except (OSError, sqlite3.Error):
            self._waiting.extendleft(reversed(rows))
            self._within_bounds()
            raise

    def _try_flush(self) -> None:
        try:
            self.flush()
        except (OSError, sqlite3.Error) as error:
            if not self._failing:
                log.warning("events cannot be kept in %s: %s; it is tried again", self.file, error)
            self._failing = True
            return
        self._failing = False
        if self._lost:
            log.warning("%d events were lost: they came faster than the disk took them", self._lost)
            self._lost = 0

    def _within_bounds(self) -> None:
        while len(self._waiting) > WAITING:
            self._waiting.popleft()
            self._lost += 1

    def _write(self, rows: Sequence[Row]) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write(self.file, rows, self._keep)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _NO_DATABASE:
                raise
            aside = self.file.with_name(f"{self.file.name}.damaged-{clock.utc_now().replace(':', '')}")
            log.warning("the book of events is damaged (%s); it is now %s, a new one is begun", error, aside)
            self.file.rename(aside)
            for rest in ("-wal", "-shm"):
                self.file.with_name(f"{self.file.name}{rest}").unlink(missing_ok=True)
            _write(self.file, rows, self._keep)


def _row(event: c.Event) -> Row:
    try:
        at_ms = int(clock.parse_utc(event.at).timestamp() * 1000)
    except ValueError:
        at_ms = clock.unix_ns() // 1_000_000  # it was published a moment ago, whatever it says
    text = event.text[:LONGEST_TEXT]
    return at_ms, event.severity, event.code, event.agent, text, alike(text), event.item_id


def _write(file: Path, rows: Sequence[Row], keep: int) -> None:
    with closing(sqlite3.connect(file, timeout=5.0, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        with transaction(connection):
            connection.execute(_SCHEMA)
            connection.execute(_INDEX)
            connection.executemany(_ADD, rows)
            connection.execute(_PRUNE, (keep,))
