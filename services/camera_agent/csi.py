"""Sets up a CSI camera through picamera2, and takes frames that were exposed after the request."""

import time
from concurrent.futures import TimeoutError as FutureTimeoutError
from functools import partial
from typing import Any

from camera_agent.looks import Looks
from camera_agent.shot import Request, Shot
from camera_agent.sources.picamera2 import Picamera2Source
from okko.errors import SourceError

BUFFERS = 4
"""Enough that the sensor streams on while one frame is held: with one buffer each capture waits two frames more."""

PATIENCE_S = 1.5
_MANUAL_FOCUS = 0
_CONTINUOUS_FOCUS = 2


def controls(settings: Picamera2Source) -> dict[str, Any]:
    """The libcamera controls that the settings ask for."""
    wanted: dict[str, Any] = {"AeEnable": settings.auto_exposure, "AwbEnable": settings.auto_white_balance}
    if settings.exposure_us is not None:
        wanted["ExposureTime"] = settings.exposure_us
    if settings.gain is not None:
        wanted["AnalogueGain"] = settings.gain
    if settings.colour_gains is not None:
        wanted["ColourGains"] = settings.colour_gains
    if settings.auto_focus:
        wanted["AfMode"] = _CONTINUOUS_FOCUS
    elif settings.lens_position is not None:
        wanted |= {"AfMode": _MANUAL_FOCUS, "LensPosition": settings.lens_position}
    # libcamera cuts an exposure down to the frame's duration and says nothing.
    frame_us = max(round(1e6 / settings.fps), settings.exposure_us or 0)
    wanted["FrameDurationLimits"] = (frame_us, frame_us)
    return wanted


def open_camera(settings: Picamera2Source) -> "CsiCamera":
    """The camera, set up and streaming.

    Raises:
        SourceError: if picamera2 is not installed, or the camera is not there or in use.
    """
    name = f"picamera2 {settings.camera}"
    try:
        from picamera2 import Picamera2
    except ImportError as error:
        raise SourceError(
            name, f"picamera2 is not usable here ({error}); on Raspberry Pi OS: sudo apt install python3-picamera2"
        ) from error
    try:
        device = Picamera2(settings.camera)
    except (RuntimeError, IndexError) as error:
        raise SourceError(name, f"{error}; is the cable in, and no other program using the camera?") from error
    try:
        return CsiCamera(device, settings, name)
    except RuntimeError as error:
        device.close()
        raise SourceError(name, f"cannot be set up: {error}") from error


class CsiCamera:
    """A picamera2 device that streams."""

    def __init__(self, device: Any, settings: Picamera2Source, name: str) -> None:
        self._device = device
        self._name = name
        self._is_open = True
        self._patience_s = PATIENCE_S + 3e-6 * (settings.exposure_us or 0)
        wanted = controls(settings)
        known = {key: value for key, value in wanted.items() if key in device.camera_controls}
        # picamera2 names formats by their order in a little-endian word: RGB888 is BGR in memory, as OpenCV has it.
        main = {"format": "RGB888", "size": (settings.width_px, settings.height_px)}
        device.configure(device.create_video_configuration(main=main, buffer_count=BUFFERS, controls=known))
        # Not a request of its own, behind which a capture would wait: a frame that comes anyhow.
        self._looks = Looks()
        device.post_callback = self._on_frame
        device.start()
        width, height = device.camera_configuration()["main"]["size"]
        refused = tuple(f"`{key}`: the camera has no such control" for key in wanted if key not in known)
        if (width, height) != main["size"]:
            refused += (f"size: asked for {main['size']}, the camera gives {(width, height)}",)
        self.warnings = refused

    def capture(self, request: Request) -> Shot:
        """The first frame whose exposure began after the request.

        Raises:
            SourceError: if there is none in time.
        """
        try:
            # `flush` makes picamera2 pass over frames whose exposure (SensorTimestamp - ExposureTime) began earlier.
            taken = self._device.capture_request(wait=self._patience_s, flush=request.requested_mono_ns)
        except (TimeoutError, FutureTimeoutError) as error:
            raise SourceError(
                self._name, f"gave no fresh frame within {self._patience_s:g} s; check the cable"
            ) from error
        try:
            return self._shot_of(taken)
        finally:
            taken.release()

    def peek(self) -> Shot | None:
        """The next frame that comes; None where there is none within a moment."""
        return self._looks.take()

    def _on_frame(self, taken: Any) -> None:
        """Called by picamera2, in its own thread, with each frame."""
        self._looks.offer(partial(self._shot_of, taken))

    def _shot_of(self, taken: Any) -> Shot:
        metadata = taken.get_metadata()
        image = taken.make_array("main")
        exposure_us = float(metadata["ExposureTime"])
        captured_ns = int(metadata["SensorTimestamp"]) - round(exposure_us * 1000)
        return Shot(
            captured_mono_ns=captured_ns,
            captured_at_ns=time.time_ns() - (time.monotonic_ns() - captured_ns),
            width_px=image.shape[1],
            height_px=image.shape[0],
            source=self._name,
            image=image,
            exposure_us=exposure_us,
            gain=float(metadata["AnalogueGain"]) if "AnalogueGain" in metadata else None,
        )

    def close(self) -> None:
        """Let go of the device; safe to call twice."""
        if self._is_open:
            self._is_open = False
            self._device.close()
