"""Models that look on: the same frames, after those that decide have answered, and never in their way.

A thread of its own, of lower priority, that takes a frame only while no live one waits or is looked at. What it has no
time for is dropped and counted; nobody waits for it.
"""

import asyncio
import contextlib
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from inference_agent.answers import prediction
from inference_agent.images import open_picture
from inference_agent.jobs import Job
from inference_agent.slots import Looks, Slot
from okko import clock
from okko.agent import Runtime
from okko.contracts import Prediction
from okko.errors import ImageError, ModelError
from okko.station import StationModel

log = logging.getLogger("inference")

MOST_WAITING = 4
"""How many frames wait at most, all cameras together; what comes on top is dropped."""

NICENESS = 10
YIELD_S = 0.002
REST_NS = 20_000_000
"""How long after the answers of those that decide a frame is left alone: the verdict is on its way then, through other
processes that want the same cores."""

LOAD_S = 60.0

Shadows = Mapping[str, tuple[Slot, ...]]
"""The models that look on at each camera."""


def by_camera(models: Iterable[StationModel], slot: Callable[[StationModel], Slot]) -> Shadows:
    """The places of these models, by camera."""
    shadows: dict[str, tuple[Slot, ...]] = {}
    for model in models:
        for camera in model.cameras:
            shadows[camera] = (*shadows.get(camera, ()), slot(model))
    return shadows


class ShadowBench:
    """Lives on the event loop; its thread takes what waits. `is_idle`: whether no live frame waits or is looked at."""

    def __init__(self, runtime: Runtime, shadows: Shadows, is_idle: Callable[[], bool]) -> None:
        self._runtime = runtime
        self._is_idle = is_idle
        self._loop = asyncio.get_running_loop()
        self._changed = threading.Condition()
        self.shadows: Shadows = shadows
        self._waiting: deque[tuple[Job, int]] = deque()
        self._ended = False
        self._tried = asyncio.Event()
        self._why: dict[str, str] = {}
        self._busy_since_ns = 0
        self._thread: threading.Thread | None = None
        self._start()

    async def want(self, shadows: Shadows) -> str | None:
        """From now on these look on; gives why one cannot be loaded, or None when all are at work."""
        self._tried.clear()
        with self._changed:
            self.shadows = dict(shadows)
            self._changed.notify()
        self._start()
        if self._thread is not None:
            try:
                await asyncio.wait_for(self._tried.wait(), LOAD_S)
            except TimeoutError:
                return f"it was not loaded within {LOAD_S:g} s"
        wanted = {slot.key for slots in shadows.values() for slot in slots}
        return next((why for key, why in self._why.items() if key in wanted), None)

    def offer(self, job: Job) -> None:
        """A frame whose deciding models have all answered."""
        if not self.shadows.get(job.frame.camera):
            return
        with self._changed:
            if admitted := len(self._waiting) < MOST_WAITING:
                self._waiting.append((job, clock.mono_ns() + REST_NS))
            self._changed.notify()
        if not admitted:
            self._runtime.stats.count("shadow_dropped")

    def check(self, hung_after_ns: int) -> None:
        """Leave a thread that hangs behind, and say that nothing looks on any more."""
        since_ns = self._busy_since_ns
        if self._thread is not None and since_ns and clock.mono_ns() - since_ns > hung_after_ns:
            self.end()
            self._thread = None
            why = "a model in the shadow hangs; nothing looks on until the agent is started again"
            self._runtime.event("warning", "shadow_fault", why)

    async def finish(self) -> None:
        """The agent stops."""
        self.end()

    def end(self) -> None:
        """Finish what is in hand and nothing more."""
        with self._changed:
            self._ended = True
            self._waiting.clear()
            self._changed.notify()

    # -- on its thread -----------------------------------------------------------------------------------------------

    def _start(self) -> None:
        if self._thread is None and self.shadows and not self._ended:
            self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            # Of this thread alone, on Linux.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        models: dict[str, Looks] = {}
        at: Shadows | None = None
        while True:
            with self._changed:
                while not self._ended and self.shadows is at and not self._waiting:
                    self._changed.wait()
                if self._ended:
                    return
                changed = self.shadows is not at
                at = self.shadows
                job, not_before_ns = (None, 0) if changed else self._waiting.popleft()
            if changed:
                self._load(models, at)
            if job is not None:
                self._look(models, at, job, not_before_ns)

    def _load(self, models: dict[str, Looks], shadows: Shadows) -> None:
        slots = {slot.key: slot for slots in shadows.values() for slot in slots}
        for key in set(models) - set(slots):
            del models[key]
        why: dict[str, str] = {}
        for key, slot in slots.items():
            if key in models:
                continue
            try:
                models[key] = slot.load()
            except ModelError as error:
                why[key] = error.why
            except Exception as error:
                # What numpy or LiteRT raise on a strange model is not documented; the others must go on.
                log.exception("%s cannot be loaded", slot)
                why[key] = f"{type(error).__name__}: {error}"[:1000]
        self._on_loop(lambda: self._loaded(slots, why))

    def _look(self, models: dict[str, Looks], shadows: Shadows, job: Job, not_before_ns: int) -> None:
        while clock.mono_ns() < job.deadline_mono_ns and (clock.mono_ns() < not_before_ns or not self._is_idle()):
            with self._changed:
                self._changed.wait(YIELD_S)
        if clock.mono_ns() >= job.deadline_mono_ns or self._ended:
            self._on_loop(lambda: self._runtime.stats.count("shadow_dropped"))
            return
        self._busy_since_ns = clock.mono_ns()
        try:
            picture = open_picture(job.frame)
            for slot in shadows.get(job.frame.camera, ()):
                if (model := models.get(slot.key)) is not None:
                    seen = model.look(picture, job.frame.roi)
                    said = replace(prediction(job, model.ref, seen, None, {}), shadow=True)
                    self._on_loop(lambda said=said: self._tell(said))  # type: ignore[misc] # bound now
        except (ImageError, ModelError) as error:
            self._on_loop(lambda why=error.why: self._failed(why))  # type: ignore[misc] # bound now
        except Exception as error:
            log.exception("a model in the shadow failed on frame %s", job.frame.frame_id)
            self._on_loop(lambda why=str(error): self._failed(why))  # type: ignore[misc] # bound now
        finally:
            self._busy_since_ns = 0

    def _on_loop(self, callback: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is there any more
            self._loop.call_soon_threadsafe(callback)

    # -- back on the loop --------------------------------------------------------------------------------------------

    def _loaded(self, slots: Mapping[str, Slot], why: dict[str, str]) -> None:
        self._why = why
        for key, reason in why.items():
            self._runtime.event("warning", "shadow_fault", f"{slots[key]}, in the shadow: {reason}")
        self._tried.set()

    def _failed(self, why: str) -> None:
        self._runtime.stats.count("shadow_failed")
        self._runtime.log.warning("a model in the shadow: %s", why[:500])

    def _tell(self, said: Prediction) -> None:
        stats = self._runtime.stats
        stats.count("shadow_predictions")
        if (invoke_ms := said.timings_ms.get("invoke")) is not None:
            stats.stage("shadow_invoke", invoke_ms)
        address = self._runtime.topics.build("shadow", camera=said.camera, model=said.model.name)
        self._runtime.publish(address, said)
