"""No item waits for a camera in vain: the keeper answers for a camera that hangs or is not there."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from camera_agent.capture import MAX_WAITING, Lost, Opened, Report
from camera_agent.frames import PackedFrame
from camera_agent.keeper import MAX_GIVEN_UP, CameraKeeper
from camera_agent.settings import CameraSettings
from camera_agent.sources.folder import FolderSource
from okko import contracts as c

CaptureOf = Callable[..., c.Capture]
R = TypeVar("R", bound=Report)
PATIENT_MS = 60_000
HASTY_MS = 400
"""Short enough for a test to wait for, long enough for a busy machine to take a picture that does not hang."""


class Bench:
    """A keeper with its reports."""

    def __init__(self, source: Any, capture_timeout_ms: int) -> None:
        folder = FolderSource(path=Path("images"))
        settings = CameraSettings(name="top", source=folder, capture_timeout_ms=capture_timeout_ms)
        self.reports: asyncio.Queue[Report] = asyncio.Queue()
        self.keeper = CameraKeeper(
            settings, source.open, self.reports.put_nowait, capture_window_ms=60_000, open_timeout_ms=60_000
        )

    async def next(self, kind: type[R]) -> R:
        """The next report, which must be of this kind."""
        report = await asyncio.wait_for(self.reports.get(), 30)
        assert isinstance(report, kind), report
        return report

    async def refusal(self) -> c.Fault:
        """The reason of the next report, which must be a refusal."""
        error = (await self.next(c.Captured)).error
        assert error is not None
        return error


@asynccontextmanager
async def _running(source: Any, capture_timeout_ms: int = PATIENT_MS) -> AsyncIterator[Bench]:
    bench = Bench(source, capture_timeout_ms)
    watching = asyncio.ensure_future(bench.keeper.watch())
    try:
        yield bench
    finally:
        watching.cancel()
        await bench.keeper.stop()


async def test_a_capture_gives_captured_and_the_frame(source: Any, capture_of: CaptureOf) -> None:
    """The plain case, across the thread's border."""
    async with _running(source) as bench:
        await bench.next(Opened)
        bench.keeper.offer(capture_of("item-1"))
        assert (await bench.next(c.Captured)).error is None
        assert (await bench.next(PackedFrame)).item_id == "item-1"


async def test_a_camera_that_is_not_open_is_no_reason_to_wait(source: Any, capture_of: CaptureOf) -> None:
    """While the source is being opened, a capture is refused at once with the reason."""
    opening = threading.Event()
    source.openings = [opening]
    async with _running(source) as bench:
        bench.keeper.offer(capture_of("item-1"))
        fault = await bench.refusal()
        assert (fault.kind, "being opened" in fault.text) == ("camera", True)
        opening.set()
        await bench.next(Opened)


async def test_a_camera_that_hangs_is_given_up_and_opened_anew(source: Any, capture_of: CaptureOf) -> None:
    """The hung capture and those behind it are answered, and the next one is taken by a new opening."""
    hung = threading.Event()
    source.script = [hung]
    async with _running(source, HASTY_MS) as bench:
        await bench.next(Opened)
        bench.keeper.offer(capture_of("hung"))
        bench.keeper.offer(capture_of("behind"))
        for item_id in ("hung", "behind"):
            captured = await bench.next(c.Captured)
            assert captured.item_id == item_id
            assert captured.error is not None
            assert "400 ms" in captured.error.text
        await bench.next(Lost)
        await bench.next(Opened)
        bench.keeper.offer(capture_of("next"))
        assert (await bench.next(c.Captured)).error is None
        await bench.next(PackedFrame)
        hung.set()
        await asyncio.to_thread(source.cameras[0].closed.wait, 30)
        assert bench.reports.empty()


async def test_hanging_threads_are_bounded(source: Any, capture_of: CaptureOf) -> None:
    """After a few hung attempts no more are made until one comes back; then the camera recovers by itself."""
    hung = [threading.Event() for _ in range(MAX_GIVEN_UP)]
    source.script = list(hung)
    async with _running(source, HASTY_MS) as bench:
        lost = []
        for number in range(MAX_GIVEN_UP):
            await bench.next(Opened)
            bench.keeper.offer(capture_of(f"item-{number}"))
            await bench.refusal()
            lost.append(await bench.next(Lost))
        assert ["left alone" in report.why for report in lost] == [False] * (MAX_GIVEN_UP - 1) + [True]
        bench.keeper.offer(capture_of("meanwhile"))
        assert "left alone" in (await bench.refusal()).text
        assert len(source.cameras) == MAX_GIVEN_UP
        hung[0].set()
        await bench.next(Opened)
        for event in hung:
            event.set()


async def test_too_many_captures_are_refused_as_busy(source: Any, capture_of: CaptureOf) -> None:
    """What would wait behind a full queue is told so at once, and the rest is still taken."""
    slow = threading.Event()
    source.script = [slow]
    async with _running(source) as bench:
        await bench.next(Opened)
        bench.keeper.offer(capture_of("in-hand"))
        assert source.captures.acquire(timeout=30)
        for number in range(MAX_WAITING):
            bench.keeper.offer(capture_of(f"waits-{number}"))
        bench.keeper.offer(capture_of("too-many"))
        captured = bench.reports.get_nowait()
        slow.set()
        assert isinstance(captured, c.Captured)
        assert captured.error is not None
        assert (captured.item_id, captured.error.kind) == ("too-many", "busy")
        assert (await bench.next(c.Captured)).item_id == "in-hand"


async def test_stopping_finishes_the_capture_in_hand(source: Any, capture_of: CaptureOf) -> None:
    """A frame that was being taken when the agent is stopped is still told."""
    async with _running(source) as bench:
        await bench.next(Opened)
        bench.keeper.offer(capture_of("last"))
        await bench.next(c.Captured)
        await bench.keeper.stop()
        await bench.next(PackedFrame)
    assert source.cameras[0].closed.is_set()
