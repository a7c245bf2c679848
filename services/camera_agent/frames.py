"""From an exposed shot to the frame that is published: crop, encode, hash, pack."""

import hashlib
import secrets
from dataclasses import dataclass

from camera_agent.roi import crop
from camera_agent.settings import CameraSettings
from camera_agent.shot import Shot
from okko import clock
from okko import contracts as c
from okko.errors import ImageError
from okko.topics import SPECS

MAX_FRAME_BYTES = SPECS["frame"].max_bytes


@dataclass(frozen=True, slots=True)
class PackedFrame:
    """A frame as it travels; `payload` is the very bytes that are published and kept in the outbox."""

    frame_id: str
    item_id: str
    payload: bytes
    timings_ms: c.Timings


def new_frame_id(capture: c.Capture, camera: str) -> str:
    """An id for one exposure: it tells its item, and a second exposure of the item has another one."""
    return f"{capture.item_id}.{camera}.{capture.shot}-{secrets.token_hex(2)}"


def captured(capture: c.Capture, camera: str, frame_id: str, shot: Shot) -> c.Captured:
    """What is said as soon as the camera has exposed."""
    return c.Captured(
        item_id=capture.item_id,
        camera=camera,
        shot=capture.shot,
        frame_id=frame_id,
        captured_at=clock.utc_text(shot.captured_at_ns),
        captured_mono_ns=shot.captured_mono_ns,
        boot_id=clock.boot_id(),
        exposure_us=shot.exposure_us,
        gain=shot.gain,
    )


def not_captured(capture: c.Capture, camera: str, error: c.Fault) -> c.Captured:
    """What is said where there is no frame, and why."""
    return c.Captured(
        item_id=capture.item_id,
        camera=camera,
        shot=capture.shot,
        captured_at=clock.utc_now(),
        captured_mono_ns=clock.mono_ns(),
        boot_id=clock.boot_id(),
        error=error,
    )


def pack(settings: CameraSettings, capture: c.Capture, frame_id: str, shot: Shot, timings_ms: c.Timings) -> PackedFrame:
    """The frame that a shot becomes.

    Raises:
        ImageError: if it cannot be encoded, or is larger than a frame may be.
    """
    started_ns = clock.mono_ns()
    picture = _picture(settings, shot)
    encoded_ns = clock.mono_ns()
    sha256 = hashlib.sha256(picture.data).hexdigest()
    published_ns = clock.mono_ns()
    timings_ms = {
        **timings_ms,
        "encode": round((encoded_ns - started_ns) / 1e6, 3),
        "hash": round((published_ns - encoded_ns) / 1e6, 3),
    }
    payload = c.encode(
        c.Frame(
            item_id=capture.item_id,
            camera=settings.name,
            shot=capture.shot,
            frame_id=frame_id,
            captured_at=clock.utc_text(shot.captured_at_ns),
            captured_mono_ns=shot.captured_mono_ns,
            boot_id=clock.boot_id(),
            deadline_mono_ns=capture.deadline_mono_ns,
            published_mono_ns=published_ns,
            width_px=picture.width_px,
            height_px=picture.height_px,
            encoding=picture.encoding,
            data=picture.data,
            sha256=sha256,
            source=shot.source[:1024],
            roi=picture.roi,
            exposure_us=shot.exposure_us,
            gain=shot.gain,
            timings_ms=timings_ms,
        )
    )
    if len(payload) > MAX_FRAME_BYTES:
        raise ImageError(
            f"the frame has {len(payload)} bytes, at most {MAX_FRAME_BYTES} are carried; "
            "crop it with `roi`, lower the resolution or choose a smaller `encoding`"
        )
    return PackedFrame(frame_id, capture.item_id, payload, timings_ms)


@dataclass(frozen=True, slots=True)
class _Picture:
    data: memoryview
    encoding: c.Encoding
    width_px: int
    height_px: int
    roi: tuple[float, float, float, float] | None = None


def _picture(settings: CameraSettings, shot: Shot) -> _Picture:
    image = shot.image
    if image is None:
        as_it_is = _Picture(memoryview(shot.encoded or b""), shot.encoding or "jpeg", shot.width_px, shot.height_px)
        if settings.roi is None:
            return as_it_is
        from camera_agent.decode import MAX_FILE_BYTES, MAX_PIXELS, decode_bgr

        try:
            image = decode_bgr(shot.encoded or b"")
        except ImageError:
            # Whoever decodes the frame finds what is wrong with the file; but where that is its size alone, the whole
            # would be judged instead of the part that was asked for, so there is nothing to judge.
            too_large = shot.width_px * shot.height_px > MAX_PIXELS or len(as_it_is.data) > MAX_FILE_BYTES
            return _Picture(memoryview(b""), as_it_is.encoding, 1, 1) if too_large else as_it_is
    roi = None
    if settings.roi is not None:
        image, roi = crop(image, settings.roi)
    data = settings.encoding.encode(image)
    return _Picture(data, settings.encoding.kind, image.shape[1], image.shape[0], roi)
