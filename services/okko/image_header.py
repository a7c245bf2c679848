"""What a JPEG or PNG file tells of itself without decoding a pixel: its size, and whether its end is there."""

from collections.abc import Iterator

from okko.contracts import Encoding

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_HEADER_BYTES = 24
_CHUNK_BYTES = 12
"""Of a PNG's chunk beside its data: length, type, checksum."""
_JPEG_START = b"\xff\xd8"
_MARKER = 0xFF
_FRAME_HEADER_BYTES = 9
# SOF0 to SOF15 tell the size; DHT, JPG and DAC share their range and do not.
_SIZE_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# TEM, RST0 to RST7 and SOI stand alone: no length follows them.
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN = 0xDA
_END_MARKERS = frozenset({0xD9, _SCAN})
_MAX_PX = 65535


def read_size(data: bytes) -> tuple[Encoding, int, int] | None:
    """Which encoding `data` holds, and its width and height in pixels; None where it is neither or does not tell.

    Told by the bytes and not by a file's name, since names lie. Sizes outside 1..65535 count as not told.
    """
    if data.startswith(_PNG_SIGNATURE):
        size = _png_size(data)
        encoding: Encoding = "png"
    elif data.startswith(_JPEG_START):
        size = _jpeg_size(data)
        encoding = "jpeg"
    else:
        return None
    if size is None or not all(1 <= side <= _MAX_PX for side in size):
        return None
    return encoding, *size


def _png_size(data: bytes) -> tuple[int, int] | None:
    if len(data) < _PNG_HEADER_BYTES or data[12:16] != b"IHDR":
        return None
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def is_complete(data: bytes) -> bool:
    """Whether a JPEG or PNG has its end; decoders fill up what is missing with grey and say nothing."""
    if data.startswith(_PNG_SIGNATURE):
        return png_is_whole(data)
    if data.startswith(_JPEG_START):
        scan = next((at for marker, at in _jpeg_segments(data) if marker == _SCAN), None)
        # Inside the scan 0xFF is always followed by 0x00, so that this is the end and nothing else. A thumbnail has an
        # end of its own, before the scan.
        return scan is not None and data.find(b"\xff\xd9", scan) >= 0
    return True


def png_is_whole(data: bytes | memoryview) -> bool:
    """Whether a PNG's chunks lead from its signature to its end.

    A decoder must not see any other: OpenCV takes as much memory as a damaged chunk says it has, up to 4 GB.
    """
    at = len(_PNG_SIGNATURE)
    while at + _CHUNK_BYTES <= len(data):
        if data[at + 4 : at + 8] == b"IEND":
            return True
        at += _CHUNK_BYTES + int.from_bytes(data[at : at + 4], "big")
    return False


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    for marker, at in _jpeg_segments(data):
        if marker in _SIZE_MARKERS:
            if at + _FRAME_HEADER_BYTES > len(data):
                return None
            height = int.from_bytes(data[at + 5 : at + 7], "big")
            return int.from_bytes(data[at + 7 : at + 9], "big"), height
    return None


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Each marker with the place where it stands, up to the scan."""
    at = len(_JPEG_START)
    while at + 1 < len(data) and data[at] == _MARKER:
        marker = data[at + 1]
        if marker == _MARKER:
            at += 1  # fill bytes may stand before a marker
        elif marker in _BARE_MARKERS:
            at += 2
        else:
            yield marker, at
            length = int.from_bytes(data[at + 2 : at + 4], "big")
            if marker in _END_MARKERS or length < 2:  # noqa: PLR2004 - a length counts its own two bytes
                return
            at += 2 + length
