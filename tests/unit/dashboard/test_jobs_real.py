"""Jobs with the real command: a camera is taught, another one is stopped in the middle."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.jobs.job import Job, Order
from dashboard.jobs.runner import JobRunner
from dashboard.jobs.shelf import Shelf
from dashboard.jobs.watch import Limits
from dashboard.teach.choice import ITEMS, Choice, command_of
from okko.station import load
from shown_parts import draw_ducks, record, write_station

GOOD = 12


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with recorded ducks."""
    folder = write_station(tmp_path_factory.mktemp("ducks") / "station")
    good, ko = draw_ducks(31, GOOD, 2)
    record(folder / "data", good + ko, [None] * GOOD + ["KO", "scratch"])
    return folder


def _names(folder: str) -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


async def _ended(runner: JobRunner, job: Job, meanwhile: Callable[[], None] = lambda: None) -> Job:
    async with asyncio.timeout(100):
        while True:
            meanwhile()
            found = runner.job(job.id)
            assert found is not None
            if found.ended:
                return found
            await asyncio.sleep(0.05)


def _order(station: Path, choice: Choice) -> Order:
    items = "".join(f"item-{number}\n" for number in range(1, GOOD + 3))
    return Order("teach", "lea", lambda folder: command_of(choice, load(station).path, folder), {}, {ITEMS: items})


@pytest.mark.timeout(200)
async def test_a_camera_is_taught_by_a_job(station: Path) -> None:
    """It tells how far it is, and in the end where the bundle is and what may be expected of it."""
    runner = JobRunner(Shelf(station / "data" / "dashboard" / "jobs"), Limits(free_bytes=1, every_s=0.05))
    running = asyncio.create_task(runner.run())
    seen: set[str] = set()
    job = await runner.submit(_order(station, Choice(camera="top", method="mahalanobis", all_good=True)))
    ended = await _ended(runner, job, lambda: seen.add(runner.reading(job.id).progress.step))
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert ended.state == "done", ended.why
    assert ended.result is not None
    assert (ended.result["good"], ended.result["ko"]) == (GOOD, 2)
    assert {"report.html", "taught.json", "model.toml"} <= _names(ended.result["bundle"])
    assert "looking at recorded pictures" in seen


@pytest.mark.timeout(200)
async def test_a_teaching_is_cancelled_and_leaves_nothing(station: Path) -> None:
    """By the first, friendly signal: exit 130, no bundle."""
    runner = JobRunner(Shelf(station / "data" / "dashboard" / "cancelled"), Limits(free_bytes=1, every_s=0.05))
    running = asyncio.create_task(runner.run())
    job = await runner.submit(_order(station, Choice(camera="top")))
    before = set((station / "taught").glob("*")) if (station / "taught").is_dir() else set()
    cancelled: list[asyncio.Task[Job]] = []

    def stop() -> None:
        if runner.reading(job.id).progress.done and not cancelled:
            cancelled.append(asyncio.ensure_future(runner.cancel(job.id, "lea")))

    ended = await _ended(runner, job, stop)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert (ended.state, ended.exit_code, ended.stopped_by) == ("cancelled", 130, "lea")
    assert set((station / "taught").glob("*")) == before
