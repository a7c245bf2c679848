"""How large this station's frames are: as recorded, as its files are, or as its settings let one reckon."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from okko.station import Station

if TYPE_CHECKING:
    from camera_agent.settings import CameraSettings

OVERHEAD_BYTES = 2048
"""What a frame's message holds besides its pixels, and its topic, at most about."""

RAW_BYTES_PER_PX = 3
JPEG_LOW_BYTES_PER_PX = 0.05
"""Smooth parts on a plain belt at a middling quality; hardly a picture of a real line is smaller."""

# Upper bounds by quality, of sharp and noisy pictures. 640 x 480 at 90 is 0.22 on a usual scene.
_JPEG_HIGH = ((75, 0.35), (85, 0.5), (90, 0.7), (95, 1.0), (100, 2.5))
_PNG_LOW_BYTES_PER_PX = 0.5
_MOST_FILES = 20_000
_AS_THEY_ARE = {".jpg", ".jpeg", ".png"}


@dataclass(frozen=True, slots=True)
class FrameSize:
    """How large a camera's largest frame is: certainly `low_bytes`, perhaps `high_bytes`, and how that is known."""

    camera: str
    low_bytes: int
    high_bytes: int
    how: str


def sizes(station: Station, recorded: Mapping[str, int]) -> tuple[FrameSize | None, ...]:
    """One for each camera, None where nothing tells. `recorded`: the largest frame of each camera in the record."""
    return tuple(_size(station, camera, recorded.get(camera.name)) for camera in station.cameras)


def _size(station: Station, camera: "CameraSettings", recorded_bytes: int | None) -> FrameSize | None:
    if camera.source.kind == "folder":
        largest = largest_file(station.folder / camera.source.path)
        if largest is None:
            return None
        return FrameSize(camera.name, largest, largest + OVERHEAD_BYTES, "the largest of its files")
    reckoned = reckon(camera)
    if recorded_bytes is None:
        return reckoned
    if reckoned is not None and camera.encoding.kind == "raw-bgr8":
        return reckoned  # exact, and the record may be older than the settings
    return FrameSize(camera.name, recorded_bytes, recorded_bytes + OVERHEAD_BYTES, "the largest that was recorded")


def reckon(camera: "CameraSettings") -> FrameSize | None:
    """The size from the settings; None where they do not tell how many pixels there are."""
    size_px = size_of_source(camera)
    if size_px is None:
        return None
    x0, y0, x1, y1 = camera.roi or (0.0, 0.0, 1.0, 1.0)
    width, height = round(size_px[0] * (x1 - x0)), round(size_px[1] * (y1 - y0))
    pixels = width * height
    how = f"reckoned from {width} x {height} pixels as {camera.encoding.kind}"
    low = high = float(RAW_BYTES_PER_PX)
    if camera.encoding.kind == "png":
        low = _PNG_LOW_BYTES_PER_PX
    elif camera.encoding.kind == "jpeg":
        quality = camera.encoding.quality
        low, high = JPEG_LOW_BYTES_PER_PX, next(share for most, share in _JPEG_HIGH if quality <= most)
        how += f" of quality {quality}"
    return FrameSize(camera.name, round(pixels * low), round(pixels * high) + OVERHEAD_BYTES, how)


def size_of_source(camera: "CameraSettings") -> tuple[int, int] | None:
    """Width and height in pixels, where the settings give them."""
    source = camera.source
    if source.kind in ("picamera2", "simulator"):
        return source.width_px, source.height_px
    if source.kind == "usb" and source.width_px is not None and source.height_px is not None:
        return source.width_px, source.height_px
    return None


def largest_file(folder: Path) -> int | None:
    """The size of the largest picture that is published as it is; None where there is none."""
    largest = None
    for number, path in enumerate(folder.rglob("*")):
        if number >= _MOST_FILES:
            break
        if path.suffix.lower() in _AS_THEY_ARE and path.is_file():
            largest = max(largest or 0, path.stat().st_size)
    return largest
