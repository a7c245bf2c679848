"""Does the jobs: one heavy one at a time, the others in their order; ends them, remembers them."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from dashboard.jobs import process
from dashboard.jobs.job import Job, JobRefused, Order, State, ended_as
from dashboard.jobs.process import Work
from dashboard.jobs.reading import Reading
from dashboard.jobs.shelf import Shelf
from dashboard.jobs.watch import Limits, Watch, beside
from okko import clock, shutdown

log = logging.getLogger(__name__)


class JobRunner:
    """All jobs of a station's page; what is asked of it is asked on the event loop.

    `changes` counts on with every change, so that a page knows whether to look.

    Raises:
        OSError: if the folder of the jobs cannot be read.
    """

    def __init__(self, shelf: Shelf, limits: Limits | None = None, program: Sequence[str] = process.OKKO) -> None:
        self._program = program
        self.shelf = shelf
        self.changes = 0
        self._limits = limits or Limits()
        self._jobs = {job.id: job for job in shelf.jobs()}
        self._watches: dict[str, Watch] = {}
        self._unwritten: set[str] = set()
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()

    @property
    def jobs(self) -> list[Job]:
        """All jobs, the newest first."""
        return [self._jobs[job_id] for job_id in sorted(self._jobs, reverse=True)]

    def job(self, job_id: str) -> Job | None:
        """A job, if there is one of this id."""
        return self._jobs.get(job_id)

    def reading(self, job_id: str) -> Reading:
        """What a job that runs has said so far; of one that has ended, it stands in the job."""
        watch = self._watches.get(job_id)
        return Reading() if watch is None else watch.reading

    async def submit(self, order: Order) -> Job:
        """Take a job; it starts when its turn comes.

        Raises:
            JobRefused: if too many wait, or there is no room on the disk.
            OSError: if its folder cannot be written.
        """
        if len(self._all("queued")) >= self._limits.waiting:
            raise JobRefused(f"{self._limits.waiting} jobs wait already: let one of them end, or cancel it")
        job_id = self.shelf.new_id()
        folder = self.shelf.of(job_id)
        job = Job(
            id=job_id,
            kind=order.kind,
            by=order.by,
            args=order.command(folder),
            about=dict(order.about),
            heavy=order.heavy,
            asked_at=clock.utc_now(),
        )
        await beside(lambda: self._lay_down(job, order))
        self._jobs[job_id] = job
        await self._forget_oldest()
        self._changed()
        return job

    async def cancel(self, job_id: str, by: str) -> Job:
        """End a job: one that waits at once, one that runs by ever clearer signals.

        Raises:
            JobRefused: if there is no such job, or it has ended.
        """
        job = self._jobs.get(job_id)
        if job is None or job.ended:
            raise JobRefused("there is no such job" if job is None else "this job has ended")
        if job.state == "queued":
            return await self._change(job_id, state="cancelled", stopped_by=by, ended_at=clock.utc_now())
        return await self._change(job_id, stopped_by=by)

    async def remove(self, job_id: str) -> None:
        """Forget a job that has ended, with all that lies in its folder; what it made elsewhere stays.

        Raises:
            JobRefused: if there is no such job, or it has not ended.
            OSError: if its folder cannot be removed.
        """
        job = self._jobs.get(job_id)
        if job is None or not job.ended:
            raise JobRefused("there is no such job" if job is None else "this job has not ended: cancel it first")
        async with self._writing:  # what is written meanwhile would make the folder again
            await beside(lambda: self.shelf.remove(job_id))
            self._jobs.pop(job_id, None)
        self._changed()

    async def run(self) -> None:
        """Do the jobs until this is cancelled: then those that run are ended, and those that wait go on waiting.

        The process of a job that ran when an agent before this one was killed is found again; where it is gone, the
        job is broken off, or done if it had told its result.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                for job in self._all("running"):
                    found = await beside(partial(process.found, job, self.shelf.of(job.id)))
                    tasks.create_task(self._follow(job.id, found))
                while True:
                    self._wake.clear()
                    for job in self._due():
                        self._jobs[job.id] = job.with_(state="running", began_at=clock.utc_now())
                        tasks.create_task(self._do(job.id))
                    await self._wake.wait()
        finally:
            for job_id in tuple(self._unwritten):  # whose writing was cancelled with all else
                await self._write(job_id)

    def _all(self, state: State) -> list[Job]:
        """The jobs of a state, oldest first."""
        return [job for job in reversed(self.jobs) if job.state == state]

    def _due(self) -> list[Job]:
        """Those whose turn it is."""
        running = self._all("running")
        room = {True: 1, False: self._limits.light_at_once}
        for job in running:
            room[job.heavy] -= 1
        due = []
        for job in self._all("queued"):
            if room[job.heavy] > 0:
                room[job.heavy] -= 1
                due.append(job)
        return due

    async def _do(self, job_id: str) -> None:
        """Start a job, and follow it to its end."""
        # First written down as one that runs: it must not run twice, whenever the agent is killed.
        await self._change(job_id)
        try:
            # On the loop, in milliseconds: who is cancelled while a thread starts it would not know its process.
            work = process.start(self._jobs[job_id], self.shelf.of(job_id), self._program)
        except OSError as error:
            await self._change(job_id, state="failed", why=f"it cannot be started: {error}", ended_at=clock.utc_now())
        else:
            await self._follow(job_id, work)

    async def _follow(self, job_id: str, work: Work) -> None:
        watch = self._watches[job_id] = Watch(work, self.shelf, job_id, self._limits)
        try:
            if self._jobs[job_id].mark is None:
                await self._change(job_id, mark=work.mark)
            result = await watch.to_the_end(lambda: self._jobs[job_id].stopped_by is not None, self._changed)
        except asyncio.CancelledError:
            # An agent that begins anew, for another configuration, finds it again.
            if not shutdown.is_to_begin_anew():
                await watch.leave()
                why = "the dashboard was stopped while it ran"
                await self._change(job_id, state="broken_off", why=why, ended_at=clock.utc_now())
            raise
        finally:
            del self._watches[job_id]
        ended = ended_as(self._jobs[job_id], work.exit_code, watch.reading.lines, result)
        if watch.wrote_too_much:
            ended = ended.with_(state="failed", why=f"it wrote more than {self._limits.folder_bytes >> 20} MB")
        await self._change(
            job_id,
            state=ended.state,
            exit_code=ended.exit_code,
            why=ended.why,
            result=ended.result,
            texts=watch.reading.texts,
            ended_at=clock.utc_now(),
        )

    async def _change(self, job_id: str, **changes: Any) -> Job:
        """Change a job, and write it down; a disk that does not take it is told, and the job goes on."""
        job = self._jobs[job_id] = self._jobs[job_id].with_(**changes)
        self._unwritten.add(job_id)
        self._changed()
        await self._write(job_id)
        return job

    async def _write(self, job_id: str) -> None:
        async with self._writing:
            # As it is by now: of two changes the later one is written last, and what was removed is not.
            if (job := self._jobs.get(job_id)) is not None:
                try:
                    await beside(partial(self.shelf.keep, job))
                except OSError as error:
                    log.warning("job %s cannot be written down: %s", job_id, error)
            if self._jobs.get(job_id) is job:
                self._unwritten.discard(job_id)

    def _changed(self) -> None:
        self.changes += 1
        self._wake.set()

    def _lay_down(self, job: Job, order: Order) -> None:
        free, needed = self.shelf.free_bytes(), self._limits.free_bytes
        if free < needed:
            what = f"{free >> 20} MB are free on the disk of {self.shelf.folder}, a job needs {needed >> 20}"
            raise JobRefused(f"{what}: make room, or bound what is recorded ([recorder.retention])")
        self.shelf.keep(job)
        for name, text in order.files.items():
            (self.shelf.of(job.id) / name).write_text(text, encoding="utf-8")
        order.prepare(self.shelf.of(job.id))

    async def _forget_oldest(self) -> None:
        ended = [job for job in reversed(self.jobs) if job.ended]
        for job in ended[: max(0, len(self._jobs) - self._limits.kept)]:
            try:
                await self.remove(job.id)
            except OSError as error:
                log.warning("the folder of job %s cannot be removed: %s", job.id, error)
