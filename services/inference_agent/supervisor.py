"""Keeps a worker working: loads the models, tries broken ones again, replaces a thread that hangs."""

import asyncio
import threading
from collections.abc import Callable, Collection, Iterable

from inference_agent.answers import refusal
from inference_agent.desk import Adopt, Desk, Drop, Load
from inference_agent.jobs import Job, JobQueue
from inference_agent.slots import FileStamp, Looks, Slot
from inference_agent.worker import Answer, Busy, Loaded, Report, Worker
from okko import clock
from okko.agent import Runtime
from okko.contracts import Fault, Prediction
from okko.errors import ModelError

WATCH_S = 0.25
RETRY_S = 2.0
"""How often the file of a model that could not be loaded is looked at; it is tried again when it has changed."""

SILENT_AFTER_NS = 2_000_000_000
"""A model that has not answered for so long, and longer than the deadline, does no part in time: `ready` must not wait
until its thread is given up."""

LOAD_HUNG_AFTER_NS = 60_000_000_000

MAX_THREADS_GIVEN_UP = 3
"""A thread that hangs in LiteRT can't be ended, only left behind with its memory. After so many the process ends, and
whoever supervises it starts it afresh."""

FINISH_S = 1.0


class Supervisor:
    """Lives on the event loop. `answer` gets each answer of the worker there, or the one given in its place."""

    def __init__(  # noqa: PLR0913 - what the agent knows and this does not
        self,
        runtime: Runtime,
        slots: dict[str, Slot],
        cameras: Iterable[str],
        answer: Callable[[Job, str, Prediction], None],
        *,
        measured_cameras: Collection[str],
        deadline_ns: int,
        hung_after_ns: int,
    ) -> None:
        self.desk = Desk(JobQueue(cameras))
        self._runtime = runtime
        self._slots = slots
        self._answer = answer
        self._measured = measured_cameras
        self.hung_after_ns = hung_after_ns
        self.silent_after_ns = max(SILENT_AFTER_NS, deadline_ns)
        self._silent: set[str] = set()
        self._loop = asyncio.get_running_loop()
        self.refs = {key: slot.ref for key, slot in slots.items()}
        self._failed: dict[str, FileStamp] = {}
        self._in_use = set(slots)
        self._untried = set(slots)
        self._all_tried = asyncio.Event()
        self._adopted: dict[str, asyncio.Event] = {}
        self._given_up = 0
        self._worker, self._thread = self._start()

    async def load(self) -> None:
        """Wait until each model was loaded and warmed up, or could not be: the first frame should find them ready."""
        if self._untried:
            await asyncio.wait_for(self._all_tried.wait(), LOAD_HUNG_AFTER_NS / 1e9)

    async def watch(self) -> None:
        """Look after the worker and the files of broken models, for ever."""
        rounds = max(1, round(RETRY_S / WATCH_S))
        while True:
            for _ in range(rounds):
                await asyncio.sleep(WATCH_S)
                self.check_worker()
            self.check_files()

    async def finish(self) -> None:
        """Let the worker finish the frame in hand; what still waits is left to its deadline."""
        self.desk.give_to(None)
        await asyncio.to_thread(self._thread.join, FINISH_S)
        # What the thread has reported last stands in the loop's queue: let it through.
        await asyncio.sleep(0)

    def tell_faults(self) -> None:
        """Say again which models cannot work: an event before there is a connection reaches nobody."""
        for what, why in self._runtime.faults.items():
            self._runtime.event("error", "model_fault", f"{what}: {why}")

    @property
    def at_work(self) -> frozenset[str]:
        """The keys of the models that the worker has, or tries to load."""
        return frozenset(self._in_use)

    def is_idle(self) -> bool:
        """Whether no frame waits or is looked at. May be asked from any thread."""
        return self._worker.busy is None and self.desk.depth()[0] == 0

    async def adopt(self, slot: Slot, model: Looks, stamp: FileStamp) -> None:
        """Give the worker a model that was loaded beside it; it has it, between two frames, when this returns."""
        self._slots[slot.key] = slot
        self._in_use.add(slot.key)
        self.refs[slot.key] = model.ref
        adopted = self._adopted.setdefault(slot.key, asyncio.Event())
        self.desk.order(Adopt(slot.key, model, stamp))
        await adopted.wait()

    def drop(self, key: str) -> None:
        """Let a model go that no frame needs any more. Its place stays known: a frame that is late may name it."""
        self._in_use.discard(key)
        self._failed.pop(key, None)
        self._silent.discard(key)
        self.desk.order(Drop(key))
        what = str(self._slots[key])
        if not any(str(self._slots[other]) == what for other in self._in_use):
            self._runtime.clear(what)

    def check_files(self) -> None:
        """Order each broken model whose file has changed to be loaded again."""
        for key, stamp in list(self._failed.items()):
            if self._slots[key].stamp() != stamp:
                del self._failed[key]
                self.desk.order(Load(key))

    def check_worker(self) -> None:
        """Say of a model that does not answer that it cannot work; replace the worker if it hangs or has ended.

        Raises:
            ModelError: if that has happened too often.
        """
        busy = self._worker.busy
        if self._thread.is_alive() and not self._hangs(busy):
            if busy is not None and busy.job is not None and self._for_longer(busy, self.silent_after_ns):
                self._say_silent(busy)
            return
        self._given_up += 1
        why = "it hung and was given up" if self._thread.is_alive() else "its thread ended"
        self._worker, self._thread = self._start()
        if busy is not None:
            self._give_up(busy, why)
        if self._given_up > MAX_THREADS_GIVEN_UP:
            raise ModelError(str(self._slots[busy.key]) if busy else "worker", f"{why}, time number {self._given_up}")

    def _hangs(self, busy: Busy | None) -> bool:
        if busy is None:
            return False
        patience_ns = LOAD_HUNG_AFTER_NS if busy.job is None else self.hung_after_ns
        return self._for_longer(busy, patience_ns)

    def _for_longer(self, busy: Busy, ns: int) -> bool:
        return clock.mono_ns() - busy.since_mono_ns > ns

    def _say_silent(self, busy: Busy) -> None:
        if busy.key not in self._silent:
            self._silent.add(busy.key)
            self._fault(self._slots[busy.key], f"it has not answered for {self.silent_after_ns / 1e9:g} s")

    def _start(self) -> tuple[Worker, threading.Thread]:
        worker = Worker(self.desk, self._slots, self._measured, self._report)
        # Before it begins: models come first, so no frame meets a worker that has none.
        self.desk.order(*(Load(key) for key in self._slots if key in self._in_use))
        return worker, worker.start(self._given_up)

    def _give_up(self, busy: Busy, why: str) -> None:
        slot = self._slots[busy.key]
        self._runtime.stats.count("threads_given_up")
        self._fault(slot, why)
        if busy.job is not None:
            for key in tuple(busy.job.awaited):
                fault = Fault(kind="model", text=f"{slot}: {why}")
                self._answer(busy.job, key, refusal(busy.job, self.refs[key], self._slots[key].task, fault))

    def _report(self, worker: Worker, report: Report) -> None:
        """Called on the worker's thread."""
        try:
            self._loop.call_soon_threadsafe(self._receive, worker, report)
        except RuntimeError:
            # The loop is closed: a thread that was given up came back after the end.
            return

    def _receive(self, worker: Worker, report: Report) -> None:
        if worker is not self._worker:
            # From a thread that was given up: the answer was given in its place.
            return
        if isinstance(report, Answer):
            if report.key in self._silent:
                self._recovered(report.key)
            self._answer(report.job, report.key, report.prediction)
        else:
            self._note(report)

    def _note(self, loaded: Loaded) -> None:
        if loaded.key not in self._in_use:
            return
        slot = self._slots[loaded.key]
        self.refs[loaded.key] = loaded.ref
        if loaded.why is not None:
            self._failed[loaded.key] = loaded.stamp
            self._fault(slot, loaded.why)
        elif str(slot) in self._runtime.faults:
            self._recovered(loaded.key)
        if loaded.why is None and (adopted := self._adopted.pop(loaded.key, None)) is not None:
            adopted.set()
        self._untried.discard(loaded.key)
        if not self._untried:
            self._all_tried.set()

    def _recovered(self, key: str) -> None:
        slot = self._slots[key]
        self._silent.discard(key)
        self._runtime.clear(str(slot))
        self._runtime.event("info", "model_recovered", f"{slot} works again")

    def _fault(self, slot: Slot, why: str) -> None:
        self._runtime.fault(str(slot), why)
        if self._runtime.connected:
            self._runtime.event("error", "model_fault", f"{slot}: {why}")
        else:
            self._runtime.log.error("%s: %s", slot, why)
