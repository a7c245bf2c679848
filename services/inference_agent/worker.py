"""The thread that decodes pictures and runs the models.

One thread for everything: an interpreter belongs to the thread that made it, and on one box the models would only fight
for the same cores. It never waits for the event loop, and the loop never waits for it.
"""

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from inference_agent import quality
from inference_agent.answers import prediction, refusal, waited_ms
from inference_agent.desk import Adopt, Desk, Load
from inference_agent.images import Picture, open_picture
from inference_agent.jobs import Job
from inference_agent.slots import FileStamp, Looks, Slot
from okko import clock
from okko.contracts import Fault, ImageQuality, ModelRef, Prediction
from okko.errors import ImageError, ModelError

log = logging.getLogger("inference")

NOT_LOADED = "it is not loaded yet"
LATE = Fault(kind="deadline", text="the deadline passed while the frame waited")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model was loaded, as `ref`; or could not be: then `why` says it. `stamp` is of the file that was read."""

    key: str
    ref: ModelRef
    stamp: FileStamp
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's prediction for a job."""

    job: Job
    key: str
    prediction: Prediction


Report = Loaded | Answer


@dataclass(frozen=True, slots=True)
class Busy:
    """With which model the worker is at what since when; `job` is None while it loads the model."""

    key: str
    job: Job | None
    since_mono_ns: int


class Worker:
    """Runs on a thread of its own, with interpreters of its own. `report` is called on that thread."""

    def __init__(
        self,
        desk: Desk,
        slots: Mapping[str, Slot],
        measured_cameras: Collection[str],
        report: Callable[["Worker", Report], None],
    ) -> None:
        self.busy: Busy | None = None
        self._desk = desk
        self._slots = slots
        self._measured = measured_cameras
        self._report = report
        self._models: dict[str, Looks] = {}
        self._why_not: dict[str, str] = {}

    def start(self, number: int) -> threading.Thread:
        """Take the desk over and work. A daemon thread: one that hangs must not keep the process alive."""
        self._desk.give_to(self)
        thread = threading.Thread(target=self.run, name=f"invoke-{number}", daemon=True)
        thread.start()
        return thread

    def run(self) -> None:
        """Work until the desk is another's."""
        while (task := self._desk.take(self)) is not None:
            try:
                if isinstance(task, Job):
                    self._do(task)
                elif isinstance(task, Load):
                    self._load(task.key)
                elif isinstance(task, Adopt):
                    self._models[task.key] = task.model
                    self._report(self, Loaded(task.key, task.model.ref, task.stamp))
                else:
                    self._models.pop(task.key, None)
            finally:
                self.busy = None

    def _load(self, key: str) -> None:
        self.busy = Busy(key, None, clock.mono_ns())
        slot = self._slots[key]
        # Before it is read: a file that changes meanwhile is then seen to have changed.
        stamp = slot.stamp()
        self._models.pop(key, None)
        try:
            self._models[key] = slot.load()
        except ModelError as error:
            self._why_not[key] = error.why
        except Exception as error:
            # What numpy or LiteRT raise on a strange model is not documented; the other models must go on.
            log.exception("%s cannot be loaded", slot)
            self._why_not[key] = _defect(error)
        if key in self._models:
            self._report(self, Loaded(key, self._models[key].ref, stamp))
        else:
            self._report(self, Loaded(key, slot.ref, stamp, self._why_not[key]))

    def _do(self, job: Job) -> None:
        if _too_late(job):
            self._refuse(job, job.models, LATE)
            return
        self.busy = Busy(job.models[0], job, clock.mono_ns())
        try:
            picture = job.picture or open_picture(job.frame)
            quality_ms, image = self._measure(job, picture)
        except ImageError as error:
            self._refuse(job, job.models, Fault(kind="image", text=error.why[:4096]))
        except Exception as error:
            # The bytes come from outside; whatever OpenCV makes of them must not end the agent.
            log.exception("frame %s cannot be read", job.frame.frame_id)
            self._refuse(job, job.models, Fault(kind="image", text=_defect(error)))
        else:
            for key in job.models:
                self._look(job, key, picture, image, quality_ms)

    def _measure(self, job: Job, picture: Picture) -> tuple[float, ImageQuality | None]:
        """How long it took in ms, and what the picture is like, where a rule asks for it."""
        if job.frame.camera not in self._measured:
            return 0.0, None
        began_ns = clock.mono_ns()
        image = quality.measure(picture)
        return round((clock.mono_ns() - began_ns) / 1e6, 3), image

    def _look(self, job: Job, key: str, picture: Picture, image: ImageQuality | None, quality_ms: float) -> None:
        model = self._models.get(key)
        if model is None:
            self._refuse(job, (key,), Fault(kind="model", text=self._why_not.get(key, NOT_LOADED)[:4096]))
            return
        # Asked again: another model may have used up the time.
        if _too_late(job):
            self._refuse(job, (key,), LATE)
            return
        self.busy = Busy(key, job, clock.mono_ns())
        timings_ms = {"wait": round(waited_ms(job) - quality_ms, 3)}
        if image is not None:
            timings_ms["quality"] = quality_ms
        try:
            seen = model.look(picture, job.frame.roi)
        except ImageError as error:
            self._refuse(job, (key,), Fault(kind="image", text=error.why[:4096]))
        except ModelError as error:
            self._refuse(job, (key,), Fault(kind="model", text=error.why[:4096]))
        except Exception as error:
            # As above: one frame must not end the agent, and whoever mends this needs the traceback.
            log.exception("%s failed on frame %s", self._slots[key], job.frame.frame_id)
            self._refuse(job, (key,), Fault(kind="model", text=_defect(error)))
        else:
            self._report(self, Answer(job, key, prediction(job, model.ref, seen, image, timings_ms)))

    def _refuse(self, job: Job, keys: tuple[str, ...], fault: Fault) -> None:
        for key in keys:
            model, slot = self._models.get(key), self._slots[key]
            ref = slot.ref if model is None else model.ref
            self._report(self, Answer(job, key, refusal(job, ref, slot.task, fault)))


def _too_late(job: Job) -> bool:
    return clock.mono_ns() >= job.deadline_mono_ns


def _defect(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:1000]
