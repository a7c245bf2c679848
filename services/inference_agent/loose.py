"""Frames that belong to no item: of pictures that somebody tries a model with."""

import hashlib

from okko import clock
from okko.contracts import Encoding, Frame
from okko.errors import ImageError
from okko.image_header import read_size


def encoded(data: bytes, source: str = "") -> Frame:
    """A frame with the bytes of a JPEG or PNG as they are.

    Raises:
        ImageError: if they are neither, or do not tell their size.
    """
    if not data:
        raise ImageError("there are no bytes in it")
    if (size := read_size(data)) is None:
        raise ImageError(f"is no JPEG or PNG that tells its size: it begins with {data[:8]!r}")
    return frame(data, *size, source)


def frame(data: bytes, encoding: Encoding, width_px: int, height_px: int, source: str = "") -> Frame:
    """A frame of no camera: it has not been on any wire, and no clock says how old it is."""
    now = clock.mono_ns()
    return Frame(
        item_id="",
        camera="",
        frame_id="",
        captured_at=clock.utc_now(),
        captured_mono_ns=now,
        boot_id="",
        deadline_mono_ns=now,
        published_mono_ns=now,
        width_px=width_px,
        height_px=height_px,
        encoding=encoding,
        data=memoryview(data),
        sha256=hashlib.sha256(data).hexdigest(),
        source=source[:1024],
    )
