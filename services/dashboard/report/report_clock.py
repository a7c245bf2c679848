"""Writes a report of each shift when it has ended: in a process of its own, out of the line's way."""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

from dashboard.report.asked import span_of_shift
from dashboard.report.shifts import last_shift
from dashboard.report.written import FOLDER, file_name
from dashboard.settings import DashboardSettings
from okko.contracts import Severity
from okko.shutdown import SUPERVISED_VARIABLE
from okko.station import Station

OKKO = (sys.executable, "-P", "-m", "okko")
LOOK_S = 20.0
"""How often the clock on the wall is looked at, which may be set at any time."""

SETTLE = timedelta(seconds=30)
"""After the end of a shift, until its last items are decided and recorded."""

TIMEOUT_S = 3600.0
NICE = 19
_LONGEST_WHY = 500


class Tell(Protocol):
    """How people are told: `Runtime.event`."""

    def __call__(self, severity: Severity, code: str, text: str, /) -> None:
        """Publish an event."""


class ReportClock:
    """Runs with the agent. What ended while it was away it writes once: the last shift, not those before.

    A shift in which nothing was decided gets no report. One that could not be written is tried again by the next
    agent, or by hand.
    """

    def __init__(
        self,
        station: Station,
        zone: tzinfo,
        tell: Tell,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        program: Sequence[str] = OKKO,
    ) -> None:
        self._station = station.path
        self._folder = station.data / FOLDER
        self._starts = (station.dashboard or DashboardSettings()).shifts
        self._zone = zone
        self._event = tell
        self._now = now
        self._program = program
        self._seen = ""

    async def run(self) -> None:
        """Look at the clock and write, until cancelled; a report that is being made then is given up."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Write the report of the shift that ended last, if it is not there and this is the first look at it."""
        shift = last_shift(self._now() - SETTLE, self._starts, self._zone)
        if shift.name == self._seen:
            return
        self._seen = shift.name
        file = self._folder / file_name(span_of_shift(shift.name, self._now(), self._starts, self._zone))
        if not await asyncio.to_thread(file.exists):
            await self._write(shift.name)

    async def _write(self, shift: str) -> None:
        try:
            exit_code, out, err = await self._run("report", str(self._station), "--shift", shift, "--if-any")
        except OSError as error:
            self._event("error", "report_failed", f"the report of shift {shift} was not started: {error}")
            return
        except TimeoutError:
            why = f"it took longer than {TIMEOUT_S:g} s"
            self._event("error", "report_failed", f"the report of shift {shift} was given up: {why}")
            return
        if exit_code:
            why = err.strip()[-_LONGEST_WHY:] or f"exit {exit_code}"
            self._event("error", "report_failed", f"the report of shift {shift} was not written: {why}")
        elif path := out.strip():
            self._event("info", "report_written", f"the report of shift {shift} is {path}")

    async def _run(self, *arguments: str) -> tuple[int, str, str]:
        environment = {key: value for key, value in os.environ.items() if key != SUPERVISED_VARIABLE}
        process = await asyncio.create_subprocess_exec(
            *self._program,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
        try:
            with suppress(ProcessLookupError):  # it may have ended already
                os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
            async with asyncio.timeout(TIMEOUT_S):
                out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, out.decode(errors="replace"), err.decode(errors="replace")
