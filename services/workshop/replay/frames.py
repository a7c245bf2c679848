"""A recorded image as the frame that it was."""

import hashlib
from pathlib import Path

import msgspec

from okko.contracts import Frame
from okko.errors import ImageError
from okko.image_header import read_size
from recorder.reader import StoredFrame

_EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


def read_frame(folder: Path, stored: StoredFrame, item_id: str) -> Frame:
    """The frame of an image in a data folder, byte for byte as its camera sent it.

    Raises:
        OSError: if the file cannot be read; it may have been deleted meanwhile.
        ImageError: if it is not the file that was recorded.
    """
    data = (folder / stored.path).read_bytes()
    if hashlib.sha256(data).hexdigest() != stored.sha256:
        raise ImageError(f"{stored.path} is not the image that was recorded: its hash is another")
    width_px, height_px = stored.width_px, stored.height_px
    if stored.encoding == "raw-bgr8":
        data, width_px, height_px = _rows(data)
    elif not width_px or not height_px:
        # Found without its frame: its own bytes tell. What does not tell is refused where it is decoded.
        _, width_px, height_px = read_size(data) or ("jpeg", 1, 1)
    return Frame(
        item_id=item_id,
        camera=stored.camera,
        frame_id=stored.frame_id,
        captured_at="",
        captured_mono_ns=0,
        boot_id="",
        deadline_mono_ns=0,
        published_mono_ns=0,
        width_px=width_px,
        height_px=height_px,
        encoding=stored.encoding,
        data=memoryview(data),
        sha256=_EMPTY_SHA256,
        source=stored.source,
        roi=None if stored.roi is None else msgspec.json.decode(stored.roi, type=tuple[float, float, float, float]),
    )


def _rows(bmp: bytes) -> tuple[bytes, int, int]:
    """The bare rows of a BMP as the recorder writes it, with width and height."""
    import cv2
    import numpy as np

    image = cv2.imdecode(np.frombuffer(bmp, np.uint8), cv2.IMREAD_COLOR_BGR)
    if image is None:
        raise ImageError("a BMP that cannot be read")
    height_px, width_px = image.shape[:2]
    return image.tobytes(), width_px, height_px
