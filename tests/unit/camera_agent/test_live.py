"""A stream is grabbed all the time, and a capture takes the first fresh frame."""

import queue
import time
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from camera_agent.freshness import Freshness
from camera_agent.live import LiveCamera, Setup
from camera_agent.shot import Request
from okko.errors import SourceError

Now = Callable[[], Request]
STALE, FRESH, END = "stale", "fresh", "end"


class FakeStream:
    """Hands out the frames that a test puts in; a fresh one is stamped at the instant at which it is taken."""

    def __init__(self, *frames: str, endless: str | None = None) -> None:
        self.frames: queue.Queue[str] = queue.Queue()
        for frame in frames:
            self.frames.put(frame)
        self.endless = endless
        self.released = False
        self._frame = ""

    def grab(self) -> bool:
        """Wait a moment, as a camera does, and take the next frame."""
        time.sleep(0.001)
        try:
            self._frame = self.frames.get_nowait()
        except queue.Empty:
            if self.endless is None:
                return False
            self._frame = self.endless
        return self._frame != END

    def stamp_ms(self) -> float:
        """A second old where stale."""
        return time.monotonic_ns() / 1e6 - (1000 if self._frame == STALE else 0)

    def retrieve(self) -> NDArray[np.uint8] | None:
        """One pixel that tells the frames apart."""
        return np.full((1, 1, 3), 255 if self._frame == FRESH else 0, np.uint8)

    def release(self) -> None:
        """Note it."""
        self.released = True


def _camera(stream: FakeStream, patience_s: float = 20) -> LiveCamera:
    return LiveCamera(stream, Setup("fake", Freshness(exposure_us=0, buffers=4), patience_s=patience_s))


def test_stale_frames_are_passed_over(request_now: Now) -> None:
    """However many old frames lie in the buffers, the capture gives the first new one, exposed after the request."""
    camera = _camera(FakeStream(*[STALE] * 50, endless=FRESH))
    request = request_now()
    shot = camera.capture(request)
    assert shot.image is not None
    assert shot.image.max() == 255
    assert shot.captured_mono_ns >= request.requested_mono_ns
    camera.close()


def test_each_capture_has_a_frame_of_its_own(request_now: Now) -> None:
    """Two captures never get the same frame."""
    camera = _camera(FakeStream(endless=FRESH))
    first, second = camera.capture(request_now()), camera.capture(request_now())
    assert first.captured_mono_ns < second.captured_mono_ns
    camera.close()


def test_a_stream_that_ends_is_a_source_error(request_now: Now) -> None:
    """An unplugged camera fails the capture, and the device is let go."""
    stream = FakeStream(STALE, END)
    camera = _camera(stream)
    with pytest.raises(SourceError, match="still connected"):
        camera.capture(request_now())
    camera.close()
    assert stream.released


def test_a_stream_of_old_frames_alone_is_a_source_error(request_now: Now) -> None:
    """A camera that only repeats itself gives no frame rather than an old one."""
    camera = _camera(FakeStream(endless=STALE), patience_s=0.05)
    with pytest.raises(SourceError, match="no fresh frame"):
        camera.capture(request_now())
    camera.close()


def test_closing_lets_go_of_the_device_and_may_be_repeated() -> None:
    """The grabbing thread ends and releases the device."""
    stream = FakeStream(endless=FRESH)
    camera = _camera(stream)
    camera.close()
    camera.close()
    assert stream.released


def test_a_look_takes_a_frame_that_no_capture_waits_for() -> None:
    """It is one of those that come anyhow; from a stream that gives none it comes back with nothing."""
    stream = FakeStream(endless=STALE)
    camera = _camera(stream)
    looked = camera.peek()
    assert looked is not None
    assert looked.image is not None
    assert looked.image.max() == 0
    camera.close()
    assert camera.peek() is None
