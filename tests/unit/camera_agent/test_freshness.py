"""A stale buffer never passes for a fresh frame."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camera_agent.freshness import Freshness, Grab

MS = 1_000_000


@dataclass
class BufferedCamera:
    """A camera that exposes every `period_ms` and keeps the oldest frames that nobody took, as V4L2 drivers do."""

    exposure_ms: int
    buffers: int
    stamped: bool
    period_ms: int = 33
    readout_ms: int = 5

    def grabs_from(self, now_ms: int) -> Iterator[tuple[Grab, int]]:
        """Frames as they are handed out from `now_ms` on, each with the true start of its exposure in ms."""
        frame = 0
        while True:
            # The first frames wait in the buffers since 0; with all buffers full the camera dropped what came then.
            if frame == self.buffers:
                frame = max(frame, now_ms // self.period_ms)
            start_ms = frame * self.period_ms
            done_ms = start_ms + self.exposure_ms + self.readout_ms
            began_ms, now_ms = now_ms, max(now_ms, done_ms)
            stamp_ms = float(done_ms) if self.stamped else 0.0
            yield Grab(began_ms * MS, now_ms * MS, stamp_ms), start_ms
            frame += 1


@given(
    exposure_ms=st.integers(1, 30),
    buffers=st.integers(1, 8),
    requested_ms=st.integers(1_000, 5_000),
    stamped=st.booleans(),
)
def test_the_first_fresh_frame_was_exposed_after_the_request(
    exposure_ms: int, buffers: int, requested_ms: int, *, stamped: bool
) -> None:
    """With time stamps and without, whatever lies in the buffers, no frame from before the request is taken."""
    camera = BufferedCamera(exposure_ms, buffers, stamped)
    readout_us = camera.readout_ms * 1000
    freshness = Freshness(exposure_us=exposure_ms * 1000 + readout_us, buffers=buffers)
    for begun, (grab, start_ms) in enumerate(camera.grabs_from(requested_ms), start=1):
        if freshness.is_fresh(grab, requested_ms * MS, begun):
            assert start_ms >= requested_ms
            return


def test_a_buffered_frame_is_passed_over() -> None:
    """A frame that lay in the driver is refused though it was only just handed out."""
    freshness = Freshness(exposure_us=5_000, buffers=4)
    stale = Grab(began_ns=1000 * MS, ended_ns=1000 * MS, stamp_ms=900.0)
    assert not freshness.is_fresh(stale, 1000 * MS, 1)


def test_a_frame_whose_exposure_began_before_the_request_is_passed_over() -> None:
    """Complete after the request is not enough: its exposure must have begun after it."""
    freshness = Freshness(exposure_us=10_000, buffers=4)
    crossing = Grab(began_ns=1000 * MS, ended_ns=1005 * MS, stamp_ms=1005.0)
    after = Grab(began_ns=1005 * MS, ended_ns=1015 * MS, stamp_ms=1015.0)
    assert not freshness.is_fresh(crossing, 1000 * MS, 1)
    assert freshness.is_fresh(after, 1000 * MS, 2)


@pytest.mark.parametrize("stamp_ms", [0.0, -1.0, 1.7e12, 5.0, 100_000.0])
def test_a_stamp_of_another_clock_is_of_no_use(stamp_ms: float) -> None:
    """No stamp, the wall clock, a clock of the camera's own: then frames are counted instead."""
    freshness = Freshness(exposure_us=0, buffers=2)
    grab = Grab(began_ns=60_000 * MS, ended_ns=60_001 * MS, stamp_ms=stamp_ms)
    assert freshness.exposed_at_ns(grab) is None
    assert [freshness.is_fresh(grab, 60_000 * MS, begun) for begun in (1, 4, 5)] == [False, False, True]
