"""Keeps one camera going: hands captures to its thread, answers where that cannot, gives it up when it hangs."""

import asyncio
from collections.abc import Callable

from camera_agent import frames
from camera_agent.capture import MAX_WAITING, CaptureThread, Job, Lost, Opened, Report
from camera_agent.settings import CameraSettings
from camera_agent.shot import Camera
from okko import clock
from okko import contracts as c

MAX_GIVEN_UP = 4
"""Threads that hang in a driver at once. Each holds memory and perhaps the device; more would not bring it back."""

OPEN_TIMEOUT_MS = 15_000
STOP_S = 1.0


class CameraKeeper:
    """One camera, seen from the event loop; everything but the capture thread's own work runs there."""

    def __init__(
        self,
        settings: CameraSettings,
        open_source: Callable[[], Camera],
        report: Callable[[Report], None],
        *,
        capture_window_ms: int,
        open_timeout_ms: int = OPEN_TIMEOUT_MS,
    ) -> None:
        self._settings = settings
        self._open_source = open_source
        self._report = report
        self._capture_window_ms = capture_window_ms
        open_ns = open_timeout_ms * 1_000_000
        self._limits_ns = {"open": open_ns, "close": open_ns, "capture": settings.capture_timeout_ms * 1_000_000}
        self._unanswered: dict[tuple[str, int], c.Capture] = {}
        self._given_up: list[CaptureThread] = []
        self._hangs = 0
        self._thread: CaptureThread | None = None
        self._closed_because: str | None = "the source is being opened"

    @property
    def busy(self) -> bool:
        """Whether a capture is under way or waits."""
        thread = self._thread
        return thread is not None and (thread.waiting > 0 or thread.doing is not None)

    @property
    def open_camera(self) -> Camera | None:
        """The source, while it is open: for looks alone."""
        return self._thread.open_camera if self._thread is not None else None

    @property
    def waiting(self) -> int:
        """How many captures wait for the camera."""
        return self._thread.waiting if self._thread is not None else 0

    def offer(self, capture: c.Capture) -> None:
        """Have this exposed, or say at once why not: nobody waits for a camera that is not there."""
        if self._thread is None or self._closed_because is not None:
            self._refuse(capture, "camera", f"camera {self._settings.name} is not ready: {self._closed_because}")
        elif self._thread.offer(Job(capture, clock.mono_ns())):
            self._unanswered[capture.item_id, capture.shot] = capture
        else:
            self._refuse(capture, "busy", f"{MAX_WAITING} captures wait for camera {self._settings.name} already")

    async def watch(self) -> None:
        """Start the capture thread, and replace it when it hangs; until cancelled."""
        self._start()
        while True:
            await asyncio.sleep(min(self._limits_ns.values()) / 4 / 1e9)
            self._check(clock.mono_ns())

    async def stop(self) -> None:
        """Finish the capture in hand, close the source."""
        if (thread := self._thread) is not None:
            thread.stop()
            await asyncio.to_thread(thread.join, STOP_S)
            await asyncio.sleep(0)  # its last reports are in the loop's queue

    def _start(self) -> None:
        loop = asyncio.get_running_loop()

        def report(report: Report) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._take, thread, report)

        thread = CaptureThread(
            self._settings,
            self._open_source,
            report,
            capture_window_ms=self._capture_window_ms,
            failures=self._hangs,
        )
        self._thread = thread
        thread.start()

    def _take(self, thread: CaptureThread, report: Report) -> None:
        if thread is not self._thread:
            return  # it was given up, and its captures answered, while this was on its way
        match report:
            case Opened():
                self._closed_because = None
            case Lost(why=why):
                self._closed_because = why
            case c.Captured():
                self._unanswered.pop((report.item_id, report.shot), None)
            case frames.PackedFrame():
                self._hangs = 0
        self._report(report)

    def _check(self, now_ns: int) -> None:
        self._given_up = [thread for thread in self._given_up if thread.alive]
        if self._thread is None:
            if len(self._given_up) < MAX_GIVEN_UP:
                self._start()
            return
        doing = self._thread.doing
        if doing is None or now_ns - doing.since_ns < self._limits_ns[doing.phase]:
            return
        self._hangs += 1
        thread, self._thread = self._thread, None
        thread.give_up()
        self._given_up.append(thread)
        why = f"did not answer within {self._limits_ns[doing.phase] // 1_000_000} ms ({doing.phase})"
        if len(self._given_up) >= MAX_GIVEN_UP:
            why += f"; {MAX_GIVEN_UP} attempts hang, so it is left alone until one of them ends: check the device"
        self._closed_because = why
        for capture in self._unanswered.values():
            self._refuse(capture, "camera", f"camera {self._settings.name} {why}")
        self._unanswered.clear()
        self._report(Lost(why))
        if len(self._given_up) < MAX_GIVEN_UP:
            self._start()

    def _refuse(self, capture: c.Capture, kind: str, text: str) -> None:
        fault = c.Fault(kind="busy" if kind == "busy" else "camera", text=text)
        self._report(frames.not_captured(capture, self._settings.name, fault))
