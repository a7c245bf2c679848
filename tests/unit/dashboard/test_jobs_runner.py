"""Jobs as real processes: a Python program stands in for `okko`, its arguments are what it does."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.jobs.job import Job, JobRefused, Mark, Order
from dashboard.jobs.process import NICE, is_there
from dashboard.jobs.runner import JobRunner
from dashboard.jobs.shelf import Shelf
from dashboard.jobs.watch import Limits

PYTHON = (sys.executable, "-c")
QUICK = Limits(free_bytes=1, every_s=0.02, grace_s=0.3, leaving_s=0.5)

TELLS = """
import json, sys, time
print("a flip")
print(json.dumps({"step": "looking", "done": 1, "total": 2, "eta_s": 1.0}), file=sys.stderr, flush=True)
while not open("go").read(): time.sleep(0.02)
print(json.dumps({"text": "note: odd"}), json.dumps({"result": {"report": "r.html"}}), sep="\\n", file=sys.stderr)
"""
SLEEPS = "import time; print('ready', flush=True); time.sleep(60)"
STUBBORN = (
    "import signal, time, pathlib; [signal.signal(n, signal.SIG_IGN) for n in (2, 15)]; "
    "pathlib.Path('deaf').touch(); time.sleep(60)"
)


def _order(program: str, *, heavy: bool = True, files: dict[str, str] | None = None, kind: str = "teach") -> Order:
    return Order(kind, "lea", lambda _folder: (program,), {"camera": "top"}, files or {}, heavy=heavy)


@asynccontextmanager
async def _at_work(folder: Path, limits: Limits = QUICK) -> AsyncIterator[JobRunner]:
    runner = JobRunner(Shelf(folder), limits, PYTHON)
    running = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110 - a process is waited for
            await asyncio.sleep(0.01)


async def _ended(runner: JobRunner, job: Job) -> Job:
    await _until(lambda: (found := runner.job(job.id)) is not None and found.ended)
    found = runner.job(job.id)
    assert found is not None
    return found


async def _mark(runner: JobRunner, job: Job) -> Mark:
    await _until(lambda: (found := runner.job(job.id)) is not None and found.mark is not None)
    found = runner.job(job.id)
    assert found is not None
    assert found.mark is not None
    return found.mark


async def test_a_job_is_done_and_tells_how_far_it_is(tmp_path: Path) -> None:
    """Out of the line's way; what it was asked and what came of it stand in its folder, for the next agent too."""
    async with _at_work(tmp_path) as runner:
        job = await runner.submit(_order(TELLS, files={"go": ""}))
        await _until(lambda: runner.reading(job.id).progress.done == 1)
        mark = await _mark(runner, job)
        assert os.getpriority(os.PRIO_PROCESS, mark.pid) == NICE
        assert os.getpgid(mark.pid) == mark.pid
        (tmp_path / job.id / "go").write_text("on")
        ended = await _ended(runner, job)
    assert (ended.state, ended.exit_code, ended.result) == ("done", 0, {"report": "r.html"})
    assert (ended.by, ended.about, ended.texts) == ("lea", {"camera": "top"}, ("note: odd",))
    assert (tmp_path / job.id / "stdout").read_text() == "a flip\n"
    assert [found.state for found in JobRunner(Shelf(tmp_path)).jobs] == ["done"]


async def test_a_command_that_prints_one_object_gives_it_as_its_result(tmp_path: Path) -> None:
    """`okko model set --json` and the like."""
    async with _at_work(tmp_path) as runner:
        job = await runner.submit(_order('print(\'{"name": "top"}\')', heavy=False))
        assert (await _ended(runner, job)).result == {"name": "top"}


async def test_heavy_jobs_wait_for_each_other_and_light_ones_do_not(tmp_path: Path) -> None:
    """In the order in which they were asked for."""
    async with _at_work(tmp_path) as runner:
        first, second = [await runner.submit(_order(SLEEPS)) for _ in range(2)]
        await _mark(runner, first)
        light = await runner.submit(_order("pass", heavy=False))
        assert (await _ended(runner, light)).state == "done"
        assert [job.state for job in runner.jobs if job.id == second.id] == ["queued"]
        await runner.cancel(first.id, "lea")
        await _mark(runner, second)
        assert (await _ended(runner, first)).state == "cancelled"


async def test_a_job_is_cancelled_by_ever_clearer_signals(tmp_path: Path) -> None:
    """One that hears Ctrl-C by that; one that is deaf is killed; both are gone then, and who did it is known."""
    for program, code in ((SLEEPS, {130, -signal.SIGINT, 1}), (STUBBORN, {-signal.SIGKILL})):
        async with _at_work(tmp_path) as runner:
            job = await runner.submit(_order(program))
            mark = await _mark(runner, job)
            folder = tmp_path / job.id
            await _until(lambda folder=folder: (folder / "deaf").exists() or bool((folder / "stdout").stat().st_size))  # type: ignore[misc]
            await runner.cancel(job.id, "lea")
            ended = await _ended(runner, job)
        assert (ended.state, ended.stopped_by) == ("cancelled", "lea")
        assert ended.exit_code in code
        assert not is_there(mark)
        with pytest.raises(JobRefused, match="has ended"):
            await runner.cancel(job.id, "lea")


async def test_a_job_that_waits_is_cancelled_at_once_and_never_starts(tmp_path: Path) -> None:
    """Nothing has to be ended."""
    runner = JobRunner(Shelf(tmp_path), QUICK, PYTHON)
    job = await runner.submit(_order("open('ran', 'w')"))
    assert (await runner.cancel(job.id, "lea")).state == "cancelled"
    async with _at_work(tmp_path) as again:
        await _ended(again, await again.submit(_order("pass")))
        assert again.job(job.id) == runner.job(job.id)
    assert not (tmp_path / job.id / "ran").exists()


async def test_a_failure_says_what_the_command_said(tmp_path: Path) -> None:
    """For people; one that cannot be started says so too."""
    async with _at_work(tmp_path) as runner:
        job = await runner.submit(_order("import sys; sys.exit('okko: 3 good parts are too few')"))
        ended = await _ended(runner, job)
    assert (ended.state, ended.exit_code, ended.why) == ("failed", 1, "3 good parts are too few")
    runner = JobRunner(Shelf(tmp_path), QUICK, ("/nowhere/python",))
    running = asyncio.create_task(runner.run())
    job = await runner.submit(_order("pass"))
    assert "cannot be started: [Errno 2]" in (await _ended(runner, job)).why
    running.cancel()


async def test_a_job_that_writes_too_much_is_ended(tmp_path: Path) -> None:
    """The disk is the line's."""
    async with _at_work(tmp_path, replace(QUICK, folder_bytes=1 << 20)) as runner:
        job = await runner.submit(_order("import time; open('big', 'wb').write(bytes(3 << 20)); time.sleep(60)"))
        ended = await _ended(runner, job)
    assert (ended.state, ended.why) == ("failed", "it wrote more than 1 MB")


async def test_without_room_or_patience_no_job_is_taken(tmp_path: Path) -> None:
    """And nothing is left of it."""
    full = JobRunner(Shelf(tmp_path), replace(QUICK, free_bytes=1 << 60), PYTHON)
    with pytest.raises(JobRefused, match="make room, or bound what is recorded"):
        await full.submit(_order("pass"))
    assert _names(tmp_path) == set()
    busy = JobRunner(Shelf(tmp_path), replace(QUICK, waiting=2), PYTHON)
    for _ in range(2):
        await busy.submit(_order("pass"))
    with pytest.raises(JobRefused, match="2 jobs wait already"):
        await busy.submit(_order("pass"))


async def test_the_oldest_are_forgotten_with_their_folders(tmp_path: Path) -> None:
    """A folder that is no job's is left alone, and one whose job cannot be read stops nobody."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "20200101T000000000000-abcd").mkdir()
    async with _at_work(tmp_path, replace(QUICK, kept=3)) as runner:
        jobs = []
        for _ in range(5):
            jobs.append(await runner.submit(_order("pass")))
            await _ended(runner, jobs[-1])
        await runner.remove(jobs[-1].id)
        assert sorted(job.id for job in runner.jobs) == sorted(job.id for job in jobs[-3:-1])
    assert _names(tmp_path) == {"notes", "20200101T000000000000-abcd", *(job.id for job in jobs[-3:-1])}


async def test_when_the_agent_stops_its_jobs_end(tmp_path: Path) -> None:
    """Nothing runs on behind its back; who comes back reads that it was broken off, and what waited is done then."""
    async with _at_work(tmp_path) as runner:
        job, waiting = await runner.submit(_order(STUBBORN)), await runner.submit(_order("pass"))
        mark = await _mark(runner, job)
    assert not is_there(mark)
    async with _at_work(tmp_path) as again:
        assert (await _ended(again, waiting)).state == "done"
        found = again.job(job.id)
    assert found is not None
    assert (found.state, found.why) == ("broken_off", "the dashboard was stopped while it ran")


AGENT = """
import asyncio, sys
from pathlib import Path
from dashboard.jobs.job import Order
from dashboard.jobs.runner import JobRunner
from dashboard.jobs.shelf import Shelf
from dashboard.jobs.watch import Limits

async def main():
    runner = JobRunner(Shelf(Path(sys.argv[1])), Limits(free_bytes=1, every_s=0.02), (sys.executable, "-c"))
    await runner.submit(Order("teach", "lea", lambda folder: (sys.argv[2],), files={"go": ""}))
    await runner.run()

asyncio.run(main())
"""


async def _killed_agent(folder: Path, program: str) -> Job:
    """The job of an agent that was killed while it ran."""
    agent = await asyncio.create_subprocess_exec(sys.executable, "-c", AGENT, str(folder), program)
    await _until(lambda: any(job.mark for job in Shelf(folder).jobs()))
    agent.kill()
    await agent.wait()
    (job,) = Shelf(folder).jobs()
    assert job.state == "running"
    return job


async def test_a_job_whose_agent_was_killed_is_found_again(tmp_path: Path) -> None:
    """It goes on, is watched, and its result is there; nobody knows its exit code."""
    job = await _killed_agent(tmp_path, TELLS)
    assert job.mark is not None
    assert is_there(job.mark)
    async with _at_work(tmp_path) as runner:
        await _until(lambda: runner.reading(job.id).progress.done == 1)
        (tmp_path / job.id / "go").write_text("on")
        ended = await _ended(runner, job)
    assert (ended.state, ended.result) == ("done", {"report": "r.html"})


async def test_it_can_be_cancelled_all_the_same(tmp_path: Path) -> None:
    """By the agent that comes after."""
    job = await _killed_agent(tmp_path, SLEEPS)
    async with _at_work(tmp_path) as runner:
        await runner.cancel(job.id, "max")
        assert (await _ended(runner, job)).state == "cancelled"
    assert job.mark is not None
    assert not is_there(job.mark)


async def test_a_job_that_went_with_its_agent_is_broken_off(tmp_path: Path) -> None:
    """As after a power cut; one whose process was never written down is looked for in its folder."""
    job = await _killed_agent(tmp_path, SLEEPS)
    assert job.mark is not None
    shelf = Shelf(tmp_path)
    shelf.keep(job.with_(mark=None))
    async with _at_work(tmp_path) as runner:
        await _until(lambda: (found := runner.job(job.id)) is not None and found.mark == job.mark)
        os.kill(job.mark.pid, signal.SIGKILL)
        ended = await _ended(runner, job)
    assert ended.state == "broken_off"
    shelf.keep(job.with_(mark=Mark(job.mark.pid, job.mark.began_ticks, "another boot")))
    async with _at_work(tmp_path) as runner:
        assert (await _ended(runner, job)).state == "broken_off"


AGENT_THAT_BEGINS_ANEW = """
import asyncio, contextlib, sys
from pathlib import Path
from dashboard.jobs.job import Order
from dashboard.jobs.runner import JobRunner
from dashboard.jobs.shelf import Shelf
from dashboard.jobs.watch import Limits
from okko import shutdown

async def main():
    runner = JobRunner(Shelf(Path(sys.argv[1])), Limits(free_bytes=1, every_s=0.02), (sys.executable, "-c"))
    came_back = bool(runner.jobs)
    running = asyncio.create_task(runner.run())
    if came_back:
        (runner.shelf.of(runner.jobs[0].id) / "go").write_text("on")
        while not runner.jobs[0].ended:
            await asyncio.sleep(0.01)
    else:
        await runner.submit(Order("teach", "lea", lambda folder: (sys.argv[2],), files={"go": ""}))
        while not runner.reading(runner.jobs[0].id).progress.done:
            await asyncio.sleep(0.01)
        shutdown.begin_anew()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running

asyncio.run(main())
shutdown.again()
"""


async def test_a_job_outlives_an_agent_that_begins_anew(tmp_path: Path) -> None:
    """For another configuration: the job is its child still, so that its exit code is known."""
    agent = await asyncio.create_subprocess_exec(sys.executable, "-c", AGENT_THAT_BEGINS_ANEW, str(tmp_path), TELLS)
    async with asyncio.timeout(30):
        assert await agent.wait() == 0
    (job,) = Shelf(tmp_path).jobs()
    assert (job.state, job.exit_code, job.result) == ("done", 0, {"report": "r.html"})


async def test_what_is_written_is_whole(tmp_path: Path) -> None:
    """Two who change a job at once: what was said last stands on the disk."""
    async with _at_work(tmp_path) as runner:
        job = await runner.submit(_order(SLEEPS))
        await _mark(runner, job)
        await asyncio.gather(*(runner.cancel(job.id, name) for name in ("lea", "max")))
        await _ended(runner, job)
    assert json.loads((tmp_path / job.id / "job.json").read_text())["stopped_by"] == "max"
