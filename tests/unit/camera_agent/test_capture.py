"""The capture thread exposes, tells, and gets its source back when it fails."""

import queue
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from camera_agent.capture import MAX_WAITING, CaptureThread, Ended, Job, Lost, Opened, Report, backoff_s
from camera_agent.frames import PackedFrame
from camera_agent.settings import CameraSettings
from camera_agent.sources.folder import FolderSource
from okko import clock
from okko import contracts as c
from okko.errors import SourceError, SourceExhausted

CaptureOf = Callable[..., c.Capture]
R = TypeVar("R", bound=Report)
SETTINGS = CameraSettings(name="top", source=FolderSource(path=Path("images")))


class Bench:
    """A capture thread with its reports."""

    def __init__(self, source: Any) -> None:
        self.reports: queue.Queue[Report] = queue.Queue()
        self.thread = CaptureThread(SETTINGS, source.open, self.reports.put, capture_window_ms=200)

    def next(self, kind: type[R]) -> R:
        """The next report, which must be of this kind."""
        report = self.reports.get(timeout=30)
        assert isinstance(report, kind), report
        return report

    def offer(self, capture: c.Capture) -> bool:
        """Ask for a picture."""
        return self.thread.offer(Job(capture, clock.mono_ns()))


@pytest.fixture
def bench(source: Any) -> Iterator[Bench]:
    """Not started yet, so that the test can write the script first."""
    bench = Bench(source)
    yield bench
    bench.thread.stop()


def test_captured_is_told_before_the_frame(bench: Bench, capture_of: CaptureOf) -> None:
    """The part may move as soon as it is exposed; the frame follows under the same id."""
    bench.thread.start()
    bench.next(Opened)
    bench.offer(capture_of("item-7", shot=2))
    captured = bench.next(c.Captured)
    packed = bench.next(PackedFrame)
    frame = c.decode(c.Frame, packed.payload)
    assert captured.error is None
    assert captured.frame_id == packed.frame_id == frame.frame_id
    assert (captured.item_id, captured.shot, frame.item_id, frame.shot) == ("item-7", 2, "item-7", 2)
    assert captured.captured_mono_ns == frame.captured_mono_ns <= frame.published_mono_ns


def test_the_stages_of_a_frame_follow_its_exposure_and_share_no_time(bench: Bench, capture_of: CaptureOf) -> None:
    """A budget adds them to "trigger to exposure", which ends at the instant that the frame is dated by."""
    bench.thread.start()
    bench.next(Opened)
    bench.offer(capture_of("item-7"))
    bench.next(c.Captured)
    frame = c.decode(c.Frame, bench.next(PackedFrame).payload)
    spent_ms = sum(frame.timings_ms[stage] for stage in ("expose", "encode", "hash"))
    assert 0 < spent_ms <= (frame.published_mono_ns - frame.captured_mono_ns) / 1e6 + 0.002  # rounding


def test_the_source_stays_open_between_captures(bench: Bench, source: Any, capture_of: CaptureOf) -> None:
    """Opening takes longer than a part."""
    bench.thread.start()
    bench.next(Opened)
    for number in range(3):
        bench.offer(capture_of(f"item-{number}"))
        bench.next(c.Captured)
        bench.next(PackedFrame)
    assert len(source.cameras) == 1


def test_a_failed_capture_is_told_and_the_source_opened_again(
    bench: Bench,
    source: Any,
    capture_of: CaptureOf,
) -> None:
    """The item hears the reason at once; the next one gets its picture from a new opening."""
    source.script = [SourceError("fake", "cable pulled")]
    bench.thread.start()
    bench.next(Opened)
    bench.offer(capture_of("item-1"))
    error = bench.next(c.Captured).error
    assert error is not None
    assert (error.kind, "cable pulled" in error.text) == ("camera", True)
    assert "cable pulled" in bench.next(Lost).why
    bench.next(Opened)
    assert source.cameras[0].closed.is_set()
    bench.offer(capture_of("item-2"))
    assert bench.next(c.Captured).error is None


def test_a_driver_may_raise_anything(bench: Bench, source: Any, capture_of: CaptureOf) -> None:
    """An error that nobody foresaw costs one item, not the camera."""
    source.script = [ZeroDivisionError("in some driver")]
    bench.thread.start()
    bench.next(Opened)
    bench.offer(capture_of("item-1"))
    error = bench.next(c.Captured).error
    assert error is not None
    assert "in some driver" in error.text
    bench.next(Lost)
    bench.next(Opened)


def test_what_waits_for_a_source_that_stays_away_is_answered(
    bench: Bench,
    source: Any,
    capture_of: CaptureOf,
) -> None:
    """The second failure in a row answers the captures that were waiting."""
    source.openings = [SourceError("fake", "not there"), SourceError("fake", "not there")]
    bench.offer(capture_of("item-1"))
    bench.thread.start()
    bench.next(Lost)
    bench.next(Lost)
    error = bench.next(c.Captured).error
    assert error is not None
    assert "not there" in error.text
    bench.next(Opened)


def test_the_end_is_told_for_each_capture_and_the_source_kept(
    bench: Bench,
    source: Any,
    capture_of: CaptureOf,
) -> None:
    """Opening a folder again would begin it again, which `loop = false` forbids."""
    source.script = [SourceExhausted("fake", "no more"), SourceExhausted("fake", "no more")]
    bench.thread.start()
    bench.next(Opened)
    for number in range(2):
        bench.offer(capture_of(f"item-{number}"))
        error = bench.next(c.Captured).error
        assert error is not None
        assert error.kind == "exhausted"
        bench.next(Ended)
    assert len(source.cameras) == 1


def test_a_late_capture_is_not_exposed(bench: Bench, source: Any, capture_of: CaptureOf) -> None:
    """A trigger older than the capture window would show another part."""
    bench.thread.start()
    bench.next(Opened)
    bench.offer(capture_of("late", age_ms=500))
    error = bench.next(c.Captured).error
    assert error is not None
    assert error.kind == "late"
    assert source.requests == []


def test_another_machines_clock_makes_nothing_late(bench: Bench, capture_of: CaptureOf) -> None:
    """Instants of two boots do not compare, so the decision agent has to judge."""
    bench.thread.start()
    bench.next(Opened)
    bench.offer(capture_of("elsewhere", age_ms=500, boot_id="another-boot"))
    assert bench.next(c.Captured).error is None


def test_a_frame_that_cannot_be_packed_is_told(source: Any, capture_of: CaptureOf) -> None:
    """Where the exposure went well and the frame did not, a second word says so."""
    camera = source.open()
    camera.capture = _too_large
    bench = Bench(source)
    source.open = lambda: camera
    bench.thread = CaptureThread(SETTINGS, source.open, bench.reports.put, capture_window_ms=200)
    bench.thread.start()
    bench.next(Opened)
    bench.offer(capture_of())
    assert bench.next(c.Captured).error is None
    error = bench.next(c.Captured).error
    assert error is not None
    assert error.kind == "image"
    bench.thread.stop()


def _too_large(request: object) -> object:
    from camera_agent.shot import Shot

    assert request
    return Shot(1, 1, 1, 1, "fake", encoded=bytes(65 * 1024 * 1024), encoding="jpeg")


def test_the_queue_is_bounded(bench: Bench, source: Any, capture_of: CaptureOf) -> None:
    """Beyond its bound a capture is refused instead of waiting."""
    going_on = threading.Event()
    source.script = [going_on]
    bench.thread.start()
    bench.next(Opened)
    bench.offer(capture_of("in-hand"))
    assert source.captures.acquire(timeout=30)
    assert [bench.offer(capture_of(f"w{n}")) for n in range(MAX_WAITING + 1)] == [True] * MAX_WAITING + [False]
    going_on.set()


def test_a_thread_that_was_given_up_says_nothing_more(bench: Bench, source: Any, capture_of: CaptureOf) -> None:
    """When its driver comes back at last, it closes the source and ends without a word."""
    going_on = threading.Event()
    source.script = [going_on]
    bench.thread.start()
    bench.next(Opened)
    bench.offer(capture_of("hung"))
    assert source.captures.acquire(timeout=30)
    bench.thread.give_up()
    going_on.set()
    bench.thread.join(30)
    assert not bench.thread.alive
    assert source.cameras[0].closed.is_set()
    assert bench.reports.empty()


def test_stopping_closes_the_source(bench: Bench, source: Any) -> None:
    """The device is free for the next program."""
    bench.thread.start()
    bench.next(Opened)
    bench.thread.stop()
    bench.thread.join(30)
    assert source.cameras[0].closed.is_set()


def test_attempts_are_spread_and_bounded() -> None:
    """The longest wait doubles with each attempt up to a cap."""
    rng = random.Random(1)
    for attempt in (0, 3, 50):
        waits = [backoff_s(attempt, rng) for _ in range(200)]
        bound = min(5.0, 0.1 * 2**attempt)
        assert 0 <= min(waits) < bound / 2 < max(waits) <= bound
