"""What people ask for on the page of reports, with real processes behind it: one at a time, refused with its reason."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard.access.records import Person
from dashboard.access.role import Role
from dashboard.actions import Refused
from dashboard.jobs.job import Job, JobRefused, Order
from dashboard.jobs.process import OKKO
from dashboard.jobs.runner import JobRunner
from dashboard.jobs.shelf import Shelf
from dashboard.jobs.watch import Limits
from dashboard.report.actions import CancelArgs, MakeArgs, cancel, make, running
from dashboard.texts import Texts
from okko.station import load
from shifted import SHIFT, item, record, write_station

OSCAR = Person("oscar", Role.OPERATOR, csrf="c", language="en")
LIMITS = Limits(free_bytes=1, every_s=0.02, grace_s=0.3, leaving_s=0.5)
SLEEPS = (sys.executable, "-c", "import time; time.sleep(60)")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A station in Madrid with a record."""
    monkeypatch.setenv("TZ", "Europe/Madrid")
    station = write_station(tmp_path / "line")
    record(station, [item(1, 1)])
    return station


@contextlib.asynccontextmanager
async def _desk(folder: Path, *program: str) -> AsyncIterator[Any]:
    """What of a desk these actions know: the station, its settings, the words, the jobs."""
    station = load(folder)
    jobs = JobRunner(Shelf(folder / "jobs"), LIMITS, program or OKKO)
    desk = SimpleNamespace(station=station, settings=station.dashboard, jobs=jobs, texts=lambda _: Texts("en"))
    at_work = asyncio.create_task(jobs.run())
    try:
        yield desk
    finally:
        at_work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await at_work


async def _ended(desk: Any, job_id: str) -> Job:
    async with asyncio.timeout(60):
        while not (job := desk.jobs.job(job_id)).ended:  # noqa: ASYNC110 - a process is waited for
            await asyncio.sleep(0.02)
    found: Job = job
    return found


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        (MakeArgs("fr", shift=SHIFT), "shift-2026-11-25-2.html"),
        (
            MakeArgs("en", since="2026-11-25T14:00", until="2026-11-25T15:30"),
            "span-20261125T130000Z-20261125T143000Z.html",
        ),
    ],
)
async def test_a_report_is_made_in_the_language_and_of_the_time_asked_for(
    folder: Path, asked: MakeArgs, name: str
) -> None:
    """Instants are the machine's local time, as the clock on the wall shows them."""
    async with _desk(folder) as desk:
        job = await _ended(desk, str((await make(desk, OSCAR, asked))["job"]))
    assert (job.state, job.by, job.why) == ("done", "oscar", "")
    assert job.result is not None
    file = Path(str(job.result["report"]))
    assert file == folder / "data" / "reports" / name
    assert f'<html lang="{asked.language}">' in _text(file)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (MakeArgs("en", shift="2026-11-25/9"), "There is no such shift, or it has not begun."),
        (MakeArgs("en", shift="2999-01-01/1"), "There is no such shift, or it has not begun."),
        (MakeArgs("en"), "Give a beginning and an end that comes after it, at most 400 days apart"),
        (MakeArgs("en", since="2026-11-25T14:00", until="2026-11-25T13:00"), "Give a beginning and an end"),
        (MakeArgs("en", since="2026-11-25T14:00; rm", until="2026-11-25T15:00"), "Give a beginning and an end"),
    ],
)
async def test_what_is_no_shift_and_no_span_is_refused_at_once(folder: Path, asked: MakeArgs, says: str) -> None:
    """No process is started for it."""
    async with _desk(folder, "/nowhere") as desk:
        with pytest.raises(Refused, match=says) as refused:
            await make(desk, OSCAR, asked)
        assert desk.jobs.jobs == []
    assert refused.value.status == 422


async def test_one_report_is_made_at_a_time_and_can_be_given_up(folder: Path) -> None:
    """Then the next may come."""
    async with _desk(folder, *SLEEPS) as desk:
        job_id = str((await make(desk, OSCAR, MakeArgs("en", shift=SHIFT)))["job"])
        with pytest.raises(Refused, match="being made already"):
            await make(desk, OSCAR, MakeArgs("en", shift=SHIFT))
        await cancel(desk, OSCAR, CancelArgs(job_id))
        assert (await _ended(desk, job_id)).state == "cancelled"
        assert running(desk) is None
        with pytest.raises(JobRefused):
            await cancel(desk, OSCAR, CancelArgs(job_id))


async def test_only_reports_are_given_up_by_it(folder: Path) -> None:
    """An operator must not end somebody's teaching with it."""
    async with _desk(folder, *SLEEPS) as desk:
        teaching = await desk.jobs.submit(Order("teach", "tina", lambda _: ()))
        for job_id in (teaching.id, "nothing"):
            with pytest.raises(Refused) as refused:
                await cancel(desk, OSCAR, CancelArgs(job_id))
            assert refused.value.status == 404
        assert not desk.jobs.job(teaching.id).ended
