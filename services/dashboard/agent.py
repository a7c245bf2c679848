"""The dashboard on the broker: what it hears goes on the page, what people do goes out as commands."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime

from dashboard.access.access import Access
from dashboard.actions import Actions
from dashboard.all_pages import ACTIONS
from dashboard.desk import Desk, beside
from dashboard.events.book import EventBook
from dashboard.live.board import Board
from dashboard.live.shift import ShiftBook
from dashboard.report.report_clock import ReportClock
from dashboard.report.zone import local_zone
from dashboard.settings import DashboardSettings
from dashboard.web.server import WebServer
from okko import clock
from okko.agent import Runtime
from okko.errors import ConfigError
from okko.station import Station
from recorder.query import Query
from recorder.reader import count_items, open_store


async def main(station: Station) -> None:
    """Serve the pages until asked to stop.

    Raises:
        ConfigError: if there is to be none, or its address or folder cannot be used.
    """
    settings = station.file.dashboard
    if settings is None:
        raise ConfigError.one(station.path, "dashboard", "this station has no page", "Add a [dashboard] table")
    settings = settings.resolved(station.folder)
    runtime = Runtime(station, name="dashboard")
    runtime.claim()
    zone = local_zone()
    shifts = ShiftBook(settings.shifts, zone, lambda: datetime.now(UTC))
    book = EventBook(station.data)
    board = Board(runtime, settings.target_per_min, shifts, book)
    reports = ReportClock(station, zone, runtime.event)
    desk = await _desk(runtime, settings, board)
    server = WebServer(desk, settings, station.path)
    runtime.serve("page")

    async def count_before() -> None:
        await _count_before(runtime, shifts, clock.unix_ns() // 1_000_000)

    runtime.log.info("the page is at %s", settings.url)
    reported = (reports.run,) if station.recorder is not None else ()
    await runtime.run(server.serve, board.watch_frames, count_before, desk.jobs.run, book.run, *reported)


async def _desk(runtime: Runtime, settings: DashboardSettings, board: Board) -> Desk:
    access = Access.open(runtime.station.data, session_hours=settings.session_hours)
    runtime.on_stop(access.close)
    return Desk(runtime, settings, board, access, Actions(*ACTIONS))


async def _count_before(runtime: Runtime, shifts: ShiftBook, now_ms: int) -> None:
    """Have the record say what the shift had before this agent ran; without a record it begins now."""
    station = runtime.station

    def counted() -> tuple[int, int, int] | None:
        with open_store(station.data) as store:
            if store is None:
                return None
            shift = Query(since_ms=shifts.since_ms, until_ms=now_ms)
            ok = count_items(store, replace(shift, verdict="OK", golden=False))
            ko = count_items(store, replace(shift, verdict="KO", golden=False))
            return ok, ko, count_items(store, replace(shift, golden=True))

    if station.recorder is None:
        return
    try:
        found = await beside(counted)
    except (ConfigError, sqlite3.Error) as error:
        runtime.log.warning("this shift is counted from now on, its record cannot be read: %s", error)
        return
    if found is not None:
        shifts.before(*found)
