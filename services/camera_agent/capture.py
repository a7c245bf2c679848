"""The capture thread: it alone touches the open source; what happens there comes back as reports."""

import contextlib
import logging
import queue
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from camera_agent import frames
from camera_agent.settings import CameraSettings
from camera_agent.shot import Camera, Request, Shot
from okko import clock
from okko import contracts as c
from okko.errors import ImageError, SourceError, SourceExhausted

log = logging.getLogger(__name__)

MAX_WAITING = 8
"""Captures that wait for the camera; beyond them one is refused as `busy`, since its part would have moved on."""


@dataclass(frozen=True, slots=True)
class Job:
    """A capture that was asked for, and when it was read."""

    capture: c.Capture
    received_mono_ns: int


@dataclass(frozen=True, slots=True)
class Opened:
    """The source is open; `warnings` are what it refused."""

    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """The source is closed, and why; it is opened again."""

    why: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The source has no more pictures."""

    why: str


Report = Opened | Lost | Ended | c.Captured | frames.PackedFrame


@dataclass(frozen=True, slots=True)
class Doing:
    """What the thread is at and since when, so that somebody else can tell that it hangs."""

    phase: Literal["open", "capture", "close"]
    since_ns: int


class CaptureThread:
    """Opens the source, keeps it open between captures, and opens it again when it failed.

    `report` is called in this thread. A thread that was given up reports nothing more and closes its source as soon
    as it gets the chance.
    """

    def __init__(
        self,
        settings: CameraSettings,
        open_source: Callable[[], Camera],
        report: Callable[[Report], None],
        *,
        capture_window_ms: int,
        failures: int = 0,
    ) -> None:
        self._settings = settings
        self._open_source = open_source
        self._report = report
        self._window_ns = capture_window_ms * 1_000_000
        self._failures = failures
        self._jobs: queue.Queue[Job | None] = queue.Queue(MAX_WAITING)
        self._stopping = threading.Event()
        self._given_up = False
        self._rng = random.Random()  # noqa: S311 - spreads attempts, guards nothing
        self.doing: Doing | None = None
        self.open_camera: Camera | None = None
        self._thread = threading.Thread(target=self._run, name=f"capture-{settings.name}", daemon=True)

    def start(self) -> None:
        """Begin to open the source."""
        self._thread.start()

    def offer(self, job: Job) -> bool:
        """Put a capture in the queue; False if that is full."""
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            return False
        return True

    @property
    def waiting(self) -> int:
        """How many captures wait."""
        return self._jobs.qsize()

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End after the capture in hand."""
        self._stopping.set()
        with contextlib.suppress(queue.Full):  # where it is full, the thread is awake and sees the event
            self._jobs.put_nowait(None)

    def give_up(self) -> None:
        """Expect nothing more of this thread; should it ever come back, it closes its source and ends."""
        self._given_up = True
        self.stop()

    def join(self, timeout_s: float) -> None:
        """Wait until the thread has ended."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            # A camera that failed once is opened again at once; one that keeps failing is given time.
            if self._failures > 1:
                self._stopping.wait(backoff_s(self._failures - 2, self._rng))
            camera = None
            try:
                self.doing = Doing("open", clock.mono_ns())
                camera = self._open_source()
                self._tell(Opened(camera.warnings))
                self.open_camera = camera
                self._serve(camera)
            except Exception as error:
                # The border to code of others: drivers and their bindings raise anything. Whatever it is, the camera
                # is closed, the reason told, and another attempt made; a dead thread would be a dead camera.
                if not isinstance(error, SourceError):
                    log.exception("the source of camera %s failed in an unforeseen way", self._settings.name)
                self._fail(str(error) or type(error).__name__)
            finally:
                self.open_camera = None
                if camera is not None:
                    self._close(camera)
                self.doing = None

    def _serve(self, camera: Camera) -> None:
        while not self._stopping.is_set():
            self.doing = None
            job = self._jobs.get()
            if job is not None and not self._is_late(job):
                self._take(camera, job)

    def _take(self, camera: Camera, job: Job) -> None:
        capture = job.capture
        frame_id = frames.new_frame_id(capture, self._settings.name)
        started_ns = clock.mono_ns()
        self.doing = Doing("capture", started_ns)
        try:
            shot = camera.capture(Request(capture.item_id, capture.number, capture.shot, job.received_mono_ns))
        except SourceExhausted as error:
            self._tell(self._not_captured(job, "exhausted", str(error)))
            self._tell(Ended(str(error)))
            return
        except Exception as error:  # told for this item, then handled where the source is opened again
            self._tell(self._not_captured(job, "camera", str(error) or type(error).__name__))
            raise
        finally:
            self.doing = None
        exposed_ns = clock.mono_ns()
        self._failures = 0
        self._tell(frames.captured(capture, self._settings.name, frame_id, shot))
        timings_ms = {
            "wait": round((started_ns - job.received_mono_ns) / 1e6, 3),
            # From the instant that the frame is dated by, up to which "trigger to exposure" counts: no time twice.
            "expose": round(max(0, exposed_ns - shot.captured_mono_ns) / 1e6, 3),
        }
        self._pack(job, frame_id, shot, timings_ms)

    def _pack(self, job: Job, frame_id: str, shot: Shot, timings_ms: c.Timings) -> None:
        try:
            self._tell(frames.pack(self._settings, job.capture, frame_id, shot, timings_ms))
        except ImageError as error:
            self._tell(self._not_captured(job, "image", str(error)))

    def _is_late(self, job: Job) -> bool:
        capture = job.capture
        if capture.boot_id != clock.boot_id():
            return False  # another machine's clock: its instants say nothing here
        age_ns = clock.mono_ns() - capture.arrived_mono_ns
        if age_ns <= self._window_ns:
            return False
        text = (
            f"the trigger was {age_ns / 1e6:.0f} ms old before camera {self._settings.name} could expose; "
            f"`capture_window_ms` is {self._window_ns // 1_000_000}"
        )
        self._tell(self._not_captured(job, "late", text))
        return True

    def _not_captured(self, job: Job, kind: Literal["camera", "exhausted", "late", "image"], text: str) -> c.Captured:
        return frames.not_captured(job.capture, self._settings.name, c.Fault(kind=kind, text=text[:4096]))

    def _fail(self, why: str) -> None:
        self._failures += 1
        self._tell(Lost(why))
        if self._failures > 1:
            while (job := self._next_waiting()) is not None:
                self._tell(self._not_captured(job, "camera", why))

    def _next_waiting(self) -> Job | None:
        try:
            return self._jobs.get_nowait()
        except queue.Empty:
            return None

    def _close(self, camera: Camera) -> None:
        self.doing = Doing("close", clock.mono_ns())
        try:
            camera.close()
        except Exception:  # a driver that fails to close must not stop the camera from being opened again
            log.exception("closing the source of camera %s failed", self._settings.name)

    def _tell(self, report: Report) -> None:
        if not self._given_up:
            self._report(report)


def backoff_s(attempt: int, rng: random.Random, *, base_s: float = 0.1, cap_s: float = 5.0) -> float:
    """How long to wait before attempt number `attempt` (from 0): full jitter, doubling up to a cap."""
    return rng.uniform(0, min(cap_s, base_s * 2 ** min(attempt, 16)))
