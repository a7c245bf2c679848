"""A frame's bytes as a picture: checked before anything is decoded, decoded once for each scale that is needed.

What is accepted: JPEG and PNG (told by their bytes, not by what the frame calls them) and bare BGR rows. Of a PNG with
16 bits the high byte counts, transparency is ignored, grey becomes three equal channels, EXIF orientation is ignored:
a camera stands still, and boxes belong to the pixels as they are stored. Everything else is an ImageError.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from okko.contracts import Frame
from okko.errors import ImageError
from okko.image_header import png_is_whole

Bgr = NDArray[np.uint8]
"""(height, width, 3) uint8 in the order blue, green, red."""

MAX_PIXELS = 50_000_000
"""50 megapixels: above every industrial camera in use, and 150 MB once decoded."""

SCALES = (8, 4, 2, 1)

_REDUCED = {
    1: cv2.IMREAD_COLOR_BGR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_JPEG_END = b"\xff\xd9"
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_ALONE = frozenset((0x01, *range(0xD0, 0xD8)))
_TAIL_BYTES = 1024


@dataclass(slots=True)
class Picture:
    """One frame, to be decoded at the scales that its models want. `at(2)` has half the width and height."""

    width_px: int
    height_px: int
    _decode: Callable[[int], Bgr]
    _decodes_scaled: bool
    _decoded: dict[int, Bgr] = field(default_factory=dict)

    def at(self, scale: int) -> Bgr:
        """The picture at 1/scale of its size; kept, so that the next model has it at once.

        JPEG decodes to any of the scales. What does not is halved by averaging, so that a model sees much the same
        whatever the encoding; picking single pixels instead cost a casting classifier five points of accuracy.

        Raises:
            ImageError: if it can't be decoded.
        """
        image = self._decoded.get(scale)
        if image is None:
            directly = scale == 1 or self._decodes_scaled
            image = self._decode(scale) if directly else _halve(self.at(scale // 2))
            self._decoded[scale] = image
        return image


def scale_for(ratio: float) -> int:
    """The largest scale that still leaves at least `ratio` times the full picture's pixels along a side."""
    return next(scale for scale in SCALES if scale == 1 or scale * ratio <= 1)


def open_picture(frame: Frame) -> Picture:
    """The picture in a frame, its size known and checked, nothing decoded yet.

    Raises:
        ImageError: if the bytes are no picture, or another one than the frame says.
    """
    data = frame.data
    if len(data) == 0:
        raise ImageError("the frame has no data")
    if frame.encoding == "raw-bgr8":
        return _raw(frame)
    head = bytes(data[:32])
    if head.startswith(_PNG):
        width, height = _png_size(data)
    elif head.startswith(_JPEG):
        width, height = _jpeg_size(data)
    else:
        raise ImageError(f"neither JPEG nor PNG: it begins with {head[:8]!r}")
    if width * height > MAX_PIXELS:
        raise ImageError(f"{width} x {height} pixels are more than {MAX_PIXELS // 1_000_000} megapixels")
    # Turned by a quarter is let through: whoever read the size may have heeded an orientation that is ignored here.
    if (width, height) not in ((frame.width_px, frame.height_px), (frame.height_px, frame.width_px)):
        raise ImageError(f"the frame says {frame.width_px} x {frame.height_px}, its data are {width} x {height} pixels")
    encoded = np.frombuffer(data, np.uint8)
    return Picture(width, height, lambda scale: _decode(encoded, scale, (width, height)), head.startswith(_JPEG))


def _decode(encoded: NDArray[np.uint8], scale: int, size: tuple[int, int]) -> Bgr:
    try:
        image = cv2.imdecode(encoded, _REDUCED[scale] | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise ImageError(f"cannot be decoded: {str(error)[:200]}") from error
    if image is None:
        raise ImageError("cannot be decoded: the data are damaged")
    width, height = (-(-side // scale) for side in size)
    if image.shape != (height, width, 3) or image.dtype != np.uint8:
        raise ImageError(f"decoded to {image.shape} {image.dtype} where {height} x {width} x 3 was announced")
    return cast("Bgr", image)


def _halve(image: Bgr) -> Bgr:
    height, width = image.shape[:2]
    half = cv2.resize(image, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    return cast("Bgr", half)


def _raw(frame: Frame) -> Picture:
    width, height = frame.width_px, frame.height_px
    if width * height > MAX_PIXELS:
        raise ImageError(f"{width} x {height} pixels are more than {MAX_PIXELS // 1_000_000} megapixels")
    if len(frame.data) != width * height * 3:
        raise ImageError(f"raw-bgr8 of {width} x {height} has {width * height * 3} bytes, these are {len(frame.data)}")
    image = np.frombuffer(frame.data, np.uint8).reshape(height, width, 3)
    return Picture(width, height, lambda _scale: image, _decodes_scaled=False)


def _png_size(data: memoryview) -> tuple[int, int]:
    if len(data) < 45 or bytes(data[12:16]) != b"IHDR":  # noqa: PLR2004 - signature, IHDR and IEND, the least there is
        raise ImageError("a PNG without its header")
    # OpenCV gives the rows that it got and leaves the rest black or grey: half a picture must not be judged.
    if not png_is_whole(data):
        raise ImageError("a PNG that is cut off")
    width, height = struct.unpack_from(">II", data, 16)
    return _not_empty(width, height)


def _jpeg_size(data: memoryview) -> tuple[int, int]:
    if not _jpeg_is_whole(data):
        raise ImageError("a JPEG that is cut off")
    position = 2
    while position + 9 <= len(data):
        if data[position] != 0xFF:  # noqa: PLR2004 - every JPEG marker begins so
            break
        marker = data[position + 1]
        if marker == 0xFF:  # noqa: PLR2004 - fill bytes may stand before a marker
            position += 1
        elif marker in _JPEG_ALONE:
            position += 2
        elif marker in _JPEG_FRAMES:
            height, width, channels = struct.unpack_from(">HHB", data, position + 5)
            if channels not in (1, 3):
                raise ImageError(f"a JPEG with {channels} channels; grey and colour (1 and 3) can be read, CMYK cannot")
            return _not_empty(width, height)
        else:
            position += 2 + struct.unpack_from(">H", data, position + 2)[0]
    raise ImageError("a JPEG without a frame header")


def _jpeg_is_whole(data: memoryview) -> bool:
    # A few bytes may follow the end, and USB cameras fill their buffer with any number of zeros.
    return _JPEG_END in bytes(data[-_TAIL_BYTES:]) or bytes(data).rstrip(b"\0").endswith(_JPEG_END)


def _not_empty(width: int, height: int) -> tuple[int, int]:
    if width == 0 or height == 0:
        raise ImageError(f"a picture of {width} x {height} pixels")
    return width, height
