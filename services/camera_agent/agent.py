"""The camera agent: exposes on `capture`, says `captured`, publishes the frame, and holds it until its receipt."""

import asyncio
import importlib
from pathlib import Path
from typing import Any

from camera_agent.capture import Ended, Lost, Opened, Report
from camera_agent.frame_outbox import FrameOutbox
from camera_agent.frames import PackedFrame
from camera_agent.keeper import CameraKeeper
from camera_agent.preview import VERB, PreviewThread, looked_for
from camera_agent.recent import Recent
from camera_agent.settings import CameraSettings
from camera_agent.shot import Camera
from okko import contracts as c
from okko.agent import Incoming, Runtime
from okko.station import Station

FAULT = "camera"


async def main(station: Station, camera_name: str) -> None:
    """Run one camera of a station until asked to stop.

    Raises:
        ConfigError: if the station has no camera of that name.
        IdentityTaken: if another agent runs this camera already.
        BrokerRefused: if the broker does not let the agent in.
    """
    settings = station.camera(camera_name)
    runtime = Runtime(station, name=f"camera-{settings.name}")
    runtime.claim()
    await CameraAgent(runtime, station, settings).run()


def open_warm(settings: CameraSettings, folder: Path) -> Camera:
    """The camera's source, open, with what its pictures need already loaded: the first part must not wait for it."""
    if settings.roi is not None:
        importlib.import_module("camera_agent.decode")
    return settings.source.open(folder)


class CameraAgent:
    """One camera on the broker."""

    def __init__(self, runtime: Runtime, station: Station, settings: CameraSettings) -> None:
        self._camera = settings.name
        self._runtime = runtime
        self._keeper = CameraKeeper(
            settings,
            lambda: open_warm(settings, station.folder),
            self._on_report,
            capture_window_ms=station.station.capture_window_ms,
        )
        self._recent = Recent()
        self._warnings: tuple[str, ...] = ()
        self._lost = False
        self._ended = False
        self._captured = runtime.topics.build("captured_by", camera=settings.name)
        self._frame = runtime.topics.build("frame", camera=settings.name)
        self._outbox: FrameOutbox | None = None
        if station.recorder is not None:
            parent = station.folder / settings.outbox.path if settings.outbox.path else station.data / "outbox"
            self._outbox = FrameOutbox(
                runtime, settings.outbox, parent / settings.name, settings.name, lambda: self._keeper.busy
            )
        self._previews = PreviewThread(
            settings, lambda: self._keeper.open_camera, lambda: self._keeper.busy, self._on_preview
        )
        self._preview = runtime.topics.build("preview", camera=settings.name)
        self._loop: asyncio.AbstractEventLoop | None = None
        runtime.on("capture", self._on_capture)
        runtime.command(VERB, self._on_look)
        runtime.on_stop(self._stop)

    async def run(self) -> None:
        """Serve until asked to stop."""
        self._loop = asyncio.get_running_loop()
        self._runtime.serve(self._camera)
        self._runtime.fault(FAULT, "the source is being opened")
        await self._runtime.run(self._keeper.watch, *([self._outbox.resend] if self._outbox else []))

    def _on_capture(self, incoming: Incoming) -> None:
        capture = c.decode(c.Capture, incoming.payload)
        if self._camera not in capture.cameras:
            return
        if self._recent.is_repeat(capture.item_id, capture.shot):
            self._runtime.stats.count("repeated_captures")
            return
        self._runtime.stats.count("captures")
        self._keeper.offer(capture)
        self._runtime.stats.gauge("queue_depth", self._keeper.waiting)

    def _on_look(self, command: c.Command) -> dict[str, Any]:
        seconds = looked_for(command.args)
        self._previews.look(seconds)
        return {"seconds": seconds, "topic": self._preview.topic}

    def _on_preview(self, preview: c.Preview) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._runtime.publish, self._preview, preview)

    def _on_report(self, report: Report) -> None:
        match report:
            case c.Captured():
                self._runtime.publish(self._captured, report)
                if report.error is not None:
                    self._runtime.stats.count(f"not_captured_{report.error.kind}")
            case PackedFrame():
                self._publish(report)
            case Opened(warnings=warnings):
                self._opened(warnings)
            case Lost(why=why):
                self._lose(why)
            case Ended(why=why):
                self._end(why)

    def _publish(self, frame: PackedFrame) -> None:
        self._runtime.publish(self._frame, frame.payload)
        self._runtime.flush()  # all that follows can wait, the model can't
        self._runtime.stats.count("frames")
        for stage, ms in frame.timings_ms.items():
            self._runtime.stats.stage(stage, ms)
        if self._outbox is not None:
            self._outbox.keep(frame)

    def _opened(self, warnings: tuple[str, ...]) -> None:
        self._runtime.clear(FAULT)
        if self._lost:
            self._runtime.event("info", "camera_back", f"camera {self._camera} is open again")
        self._lost = self._ended = False
        if warnings != self._warnings:
            self._warnings = warnings
            for warning in warnings:
                self._runtime.event("warning", "camera_warning", f"camera {self._camera}: {warning}")

    def _lose(self, why: str) -> None:
        self._runtime.fault(FAULT, why)
        if not self._lost:
            self._runtime.event("error", "camera_lost", f"camera {self._camera}: {why}")
        self._lost = True

    def _end(self, why: str) -> None:
        self._runtime.fault(FAULT, why)
        if not self._ended:
            self._runtime.event("warning", "source_ended", f"camera {self._camera}: {why}")
        self._ended = True

    async def _stop(self) -> None:
        self._previews.look(0)
        await self._keeper.stop()
        if self._outbox is not None:
            await self._outbox.stop()
