"""A camera that streams by itself: a thread takes every frame, and a capture waits for the first fresh one."""

import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from camera_agent.freshness import Freshness, Grab
from camera_agent.looks import Looks
from camera_agent.shot import Request, Shot
from okko.errors import SourceError

_JOIN_S = 1.0


class Stream(Protocol):
    """A device that is open; it is used from the grabbing thread alone."""

    def grab(self) -> bool:
        """Take the next frame from the driver, waiting for it; False if there is none."""

    def stamp_ms(self) -> float:
        """The driver's time stamp of the last grabbed frame, 0 where it gives none."""

    def retrieve(self) -> NDArray[np.uint8] | None:
        """The pixels of the last grabbed frame, (height, width, 3) uint8, BGR."""

    def release(self) -> None:
        """Let go of the device."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What is known of a stream, and what of it goes into each shot; `patience_s` is how long a capture may wait."""

    source: str
    freshness: Freshness
    warnings: tuple[str, ...] = ()
    exposure_us: float | None = None
    gain: float | None = None
    patience_s: float = 1.5


class LiveCamera:
    """A stream with a thread that keeps its buffers empty, so that the next frame is always a new one."""

    def __init__(self, stream: Stream, setup: Setup) -> None:
        self.warnings = setup.warnings
        self._stream = stream
        self._setup = setup
        self._news = threading.Condition()
        self._requested_ns: int | None = None
        self._shot: Shot | None = None
        self._failure: str | None = None
        self._closing = False
        self._looks = Looks()
        self._thread = threading.Thread(target=self._run, name=f"grab-{setup.source}", daemon=True)
        self._thread.start()

    def capture(self, request: Request) -> Shot:
        """The first frame that was exposed after the request.

        Raises:
            SourceError: if the stream ended, or gave no such frame in time.
        """
        with self._news:
            self._shot = None
            self._requested_ns = request.requested_mono_ns
            self._news.wait_for(lambda: self._shot is not None or self._failure is not None, self._setup.patience_s)
            self._requested_ns = None
            if self._shot is not None:
                return self._shot
            why = self._failure or f"gave no fresh frame within {self._setup.patience_s:g} s"
        raise SourceError(self._setup.source, why)

    def peek(self) -> Shot | None:
        """The next frame for which no capture waits; None where there is none within a moment."""
        return self._looks.take()

    def close(self) -> None:
        """Stop grabbing. The thread itself lets go of the device: doing so under a pending grab crashes drivers."""
        self._closing = True
        self._thread.join(_JOIN_S)

    def _run(self) -> None:
        try:
            self._grab_all()
        except Exception as error:  # noqa: BLE001 - a driver's error of any kind reaches the capture that waits
            self._fail(f"{type(error).__name__}: {error}")
        finally:
            self._stream.release()

    def _grab_all(self) -> None:
        begun_for: int | None = None
        begun_since = 0
        while not self._closing:
            began_ns = time.monotonic_ns()
            if not self._stream.grab():
                self._fail("gives no more frames; is it still connected?")
                return
            grab = Grab(began_ns, time.monotonic_ns(), self._stream.stamp_ms())
            requested_ns = self._requested_ns
            if requested_ns is None:
                self._looks.offer(partial(self._shot_of, grab))
                continue
            if requested_ns != begun_for:
                begun_for, begun_since = requested_ns, 0
            begun_since += began_ns >= requested_ns
            if self._setup.freshness.is_fresh(grab, requested_ns, begun_since):
                self._hand_over(grab, requested_ns)

    def _hand_over(self, grab: Grab, requested_ns: int) -> None:
        shot = self._shot_of(grab)
        if shot is None:
            return  # one frame that was damaged on its way; the next one will do
        with self._news:
            if self._requested_ns == requested_ns:
                self._shot = shot
                self._requested_ns = None
                self._news.notify_all()

    def _shot_of(self, grab: Grab) -> Shot | None:
        image = self._stream.retrieve()
        if image is None:
            return None
        exposed_ns = self._setup.freshness.exposed_at_ns(grab)
        # Without a stamp the latest possible instant is told: too late an answer is refused, a wrong one is not seen.
        captured_ns = exposed_ns if exposed_ns is not None else grab.ended_ns
        return Shot(
            captured_mono_ns=captured_ns,
            captured_at_ns=time.time_ns() - (time.monotonic_ns() - captured_ns),
            width_px=image.shape[1],
            height_px=image.shape[0],
            source=self._setup.source,
            image=image,
            exposure_us=self._setup.exposure_us,
            gain=self._setup.gain,
        )

    def _fail(self, why: str) -> None:
        with self._news:
            self._failure = why
            self._news.notify_all()
