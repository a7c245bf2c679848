"""Sets up a V4L2 camera through OpenCV, and tells what it refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2

from camera_agent.cv_stream import CvStream
from camera_agent.freshness import Freshness, Grab
from camera_agent.live import LiveCamera, Setup
from camera_agent.sources.usb import UsbSource
from okko import clock
from okko.errors import SourceError

BUFFERS = 4
"""Frames that the driver may hold: what OpenCV asks it for."""

PATIENCE_S = 1.5
_MANUAL_EXPOSURE = 1
_AUTO_EXPOSURE = 3
_EXPOSURE_UNIT_US = 100
_SLOWEST_FPS = 5.0


class Controls(Protocol):
    """The part of `cv2.VideoCapture` that sets controls and reads them back."""

    def set(self, propId: int, value: float) -> bool:  # noqa: N803 - OpenCV's name
        """Set a control."""

    def get(self, propId: int) -> float:  # noqa: N803 - OpenCV's name
        """Read a control, -1 or 0 where the camera does not have it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A control that is to have a value; `tolerance` is how far off it may be before somebody should know."""

    key: str
    control: int
    value: float
    tolerance: float = 0.5


def wishes(settings: UsbSource) -> Iterator[Wish]:
    """The controls to set, in an order that drivers take: format, size and rate first, automatics before values."""
    if settings.fourcc is not None:
        yield Wish("fourcc", cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*settings.fourcc))
    if settings.width_px is not None:
        yield Wish("width_px", cv2.CAP_PROP_FRAME_WIDTH, settings.width_px)
    if settings.height_px is not None:
        yield Wish("height_px", cv2.CAP_PROP_FRAME_HEIGHT, settings.height_px)
    if settings.fps is not None:
        yield Wish("fps", cv2.CAP_PROP_FPS, settings.fps)
    exposure = _AUTO_EXPOSURE if settings.auto_exposure else _MANUAL_EXPOSURE
    yield Wish("auto_exposure", cv2.CAP_PROP_AUTO_EXPOSURE, exposure)
    if settings.exposure_us is not None and not settings.auto_exposure:
        yield Wish("exposure_us", cv2.CAP_PROP_EXPOSURE, round(settings.exposure_us / _EXPOSURE_UNIT_US))
    if settings.gain is not None:
        yield Wish("gain", cv2.CAP_PROP_GAIN, settings.gain)
    yield Wish("auto_white_balance", cv2.CAP_PROP_AUTO_WB, settings.auto_white_balance)
    if settings.white_balance_k is not None and not settings.auto_white_balance:
        yield Wish("white_balance_k", cv2.CAP_PROP_WB_TEMPERATURE, settings.white_balance_k)
    yield Wish("auto_focus", cv2.CAP_PROP_AUTOFOCUS, settings.auto_focus)
    if settings.focus is not None and not settings.auto_focus:
        yield Wish("focus", cv2.CAP_PROP_FOCUS, settings.focus)


def apply(settings: UsbSource, camera: Controls) -> tuple[str, ...]:
    """Set all controls and read them back; gives what the camera refused.

    Width and height are set one after the other and come into force together, so that all is read back at the end.
    """
    wanted = tuple(wishes(settings))
    for wish in wanted:
        camera.set(wish.control, wish.value)
    return tuple(
        f"`{wish.key}`: asked for {_shown(wish, wish.value)}, the camera has {_shown(wish, present)}"
        for wish in wanted
        if abs((present := camera.get(wish.control)) - wish.value) > wish.tolerance and not _is_lacking(wish, present)
    )


def _is_lacking(wish: Wish, present: float) -> bool:
    """Whether this is an automatic that was to be off, which the camera does not have at all."""
    off = _MANUAL_EXPOSURE if wish.key == "auto_exposure" else 0
    return wish.key.startswith("auto_") and present < 0 and wish.value == off


def _shown(wish: Wish, value: float) -> str:
    match wish.key:
        case "fourcc":
            return repr(int(value).to_bytes(4, "little", signed=value < 0).decode("latin-1"))
        case "exposure_us":
            return f"{value * _EXPOSURE_UNIT_US:g}" if value >= 0 else "no such control"
    return f"{value:g}" if value >= 0 else "no such control"


def open_camera(settings: UsbSource, folder: Path) -> LiveCamera:
    """The camera, set up and streaming.

    Raises:
        SourceError: if it is not there, in use, or does not stream.
    """
    device = settings.device if isinstance(settings.device, int) else str(folder / settings.device)
    name = f"usb {settings.device}"
    capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
    if not capture.isOpened():
        raise SourceError(name, "cannot be opened; is it plugged in, free, and is this user in the group `video`?")
    warnings = apply(settings, capture)
    began_ns = clock.mono_ns()
    if not capture.grab():
        capture.release()
        raise SourceError(name, "does not stream; try another `fourcc`, a smaller size or another USB port")
    stream = CvStream(capture, stamped=True)
    exposure_us = settings.exposure_us if not settings.auto_exposure else None
    fps = capture.get(cv2.CAP_PROP_FPS)
    # Where the exposure is not known it is at most the time between two frames.
    longest_us = exposure_us if exposure_us is not None else 1e6 / (fps if fps > 0 else _SLOWEST_FPS)
    freshness = Freshness(exposure_us=longest_us, buffers=BUFFERS)
    if freshness.exposed_at_ns(Grab(began_ns, clock.mono_ns(), stream.stamp_ms())) is None:
        warnings = (
            *warnings,
            f"its driver gives no usable time stamps: {BUFFERS + 2} frames are passed over at each capture to be sure",
        )
    patience_s = PATIENCE_S + 3e-6 * longest_us
    return LiveCamera(stream, Setup(name, freshness, warnings, exposure_us, settings.gain, patience_s))
