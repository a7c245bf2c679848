"""Raw frames as files that every viewer opens: 24-bit BMP, top-down, so that the rows stay as they are."""

import struct
from itertools import chain

_HEADER = struct.Struct("<2sIHHI IiiHHIIiiII")
_PIXELS_PER_METRE = 2835  # 72 dpi, what most writers say


def bmp(data: memoryview, width_px: int, height_px: int) -> bytes:
    """A BMP file of `data`: height x width x 3 bytes, BGR, top row first."""
    stride = width_px * 3
    padding = bytes(-stride % 4)
    size = (stride + len(padding)) * height_px
    header = _HEADER.pack(
        b"BM",
        _HEADER.size + size,
        0,
        0,
        _HEADER.size,
        _HEADER.size - 14,
        width_px,
        -height_px,
        1,
        24,
        0,
        size,
        _PIXELS_PER_METRE,
        _PIXELS_PER_METRE,
        0,
        0,
    )
    if not padding:
        return b"".join((header, data))
    rows = (data[start : start + stride] for start in range(0, stride * height_px, stride))
    return b"".join(chain((header,), *((row, padding) for row in rows)))
