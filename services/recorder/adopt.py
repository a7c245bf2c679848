"""An image file without a row: what its name and its bytes tell of it, so that it is in the record all the same."""

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path

from okko.contracts import Encoding
from recorder.records import FrameRow, unix_ms

_ENCODINGS: dict[str, Encoding] = {".jpg": "jpeg", ".png": "png", ".bmp": "raw-bgr8"}
_NAME = re.compile(r"(?P<item_id>.+)\.(?P<camera>[A-Za-z0-9][A-Za-z0-9_-]{0,63})\.(?P<shot>\d{1,9})-[0-9a-f]+")
_STAMP = re.compile(r"(\d{8}T\d{6})(\d{6})-")
_PNG_END = b"IEND\xaeB`\x82"
_JPEG_END = b"\xff\xd9"
_BMP_SIZE = slice(2, 6)


def adopted_row(file: Path, path: str) -> FrameRow | None:
    """The row of a file that has none; None where its name is not one that a camera gives.

    An empty `frame_sha256` says that it was found: should its camera send it again, that is the better row.

    Raises:
        OSError: if it cannot be read.
    """
    named, encoding = _NAME.fullmatch(file.stem), _ENCODINGS.get(file.suffix)
    if named is None or encoding is None:
        return None
    status = file.stat()
    with file.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    taken_ms = _taken_ms(named["item_id"])
    return FrameRow(
        frame_id=file.stem,
        item_id=named["item_id"],
        camera=named["camera"],
        shot=int(named["shot"]),
        captured_ms=taken_ms if taken_ms is not None else status.st_mtime_ns // 1_000_000,
        path=path,
        size_bytes=status.st_size,
        sha256=sha256,
        frame_sha256="",
        source="",
        encoding=encoding,
        width_px=0,
        height_px=0,
        roi=None,
        exposure_us=None,
        gain=None,
    )


def is_whole(file: Path) -> bool:
    """Whether an image file ends as its kind does: a power cut leaves files empty, short, or with zeros at their end.

    Raises:
        OSError: if it cannot be read.
    """
    with file.open("rb") as content:
        head = content.read(6)
        size = content.seek(0, 2)
        content.seek(max(0, size - len(_PNG_END)))
        tail = content.read()
    match _ENCODINGS.get(file.suffix):
        case "jpeg":
            return tail.endswith(_JPEG_END)
        case "png":
            return tail.endswith(_PNG_END)
        case "raw-bgr8":
            return int.from_bytes(head[_BMP_SIZE], "little") == size > 0
        case None:
            return size > 0


def _taken_ms(item_id: str) -> int | None:
    """When the trigger of an item came, which its id tells."""
    if (found := _STAMP.match(item_id)) is None:
        return None
    try:
        instant = datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return unix_ms(instant) + int(found[2]) // 1000
