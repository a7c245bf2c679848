"""Frames as browsers show them: small for lists, whole beside an item; made on few threads and kept for a while."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

WIDTH_PX = 320
QUALITY = 78
CACHE_BYTES = 48 * 1024 * 1024
LARGEST_FILE_BYTES = 200 * 1024 * 1024
MAX_PIXELS = 100_000_000


@dataclass(frozen=True, slots=True)
class Shown:
    """An encoded picture, its media type, and a name that changes with its content."""

    data: bytes
    media_type: str
    etag: str


class Thumbs:
    """The thumbnails that were asked for last, bounded in bytes. Any thread may ask."""

    def __init__(self, max_bytes: int = CACHE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, Shown] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def of(self, file: Path, sha256: str) -> Shown | None:
        """The thumbnail of an image file, made where it is not kept; None where the file is gone or no image.

        Raises:
            OSError: if the file cannot be read.
        """
        with self._lock:
            if (kept := self._kept.get(sha256)) is not None:
                self._kept.move_to_end(sha256)
                return kept
        made = small(file)
        if made is None:
            return None
        shown = Shown(made, "image/jpeg", f'"{sha256[:24]}-{WIDTH_PX}"')
        with self._lock:
            if sha256 not in self._kept:
                self._kept[sha256] = shown
                self._size += len(made)
            while self._size > self._max_bytes:
                _, gone = self._kept.popitem(last=False)
                self._size -= len(gone.data)
        return shown


def small(file: Path) -> bytes | None:
    """A JPEG of an image file, at most `WIDTH_PX` wide; None where there is none, or what there is is no image.

    Raises:
        OSError: if the file cannot be read.
    """
    image = _decoded(file, cv2.IMREAD_REDUCED_COLOR_4)
    if image is not None and image.shape[1] < WIDTH_PX:
        image = _decoded(file, cv2.IMREAD_COLOR)
    if image is None:
        return None
    height, width = image.shape[:2]
    if width > WIDTH_PX:
        size = (WIDTH_PX, max(1, round(height * WIDTH_PX / width)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return _jpeg(image)


def whole(file: Path, sha256: str) -> Shown | None:
    """An image file as a browser shows it: JPEG and PNG as they are, others as JPEG; None as above.

    Raises:
        OSError: if the file cannot be read.
    """
    kind = {".jpg": "image/jpeg", ".png": "image/png"}.get(file.suffix)
    if kind is not None:
        return Shown(file.read_bytes(), kind, f'"{sha256[:24]}"') if file.is_file() else None
    image = _decoded(file, cv2.IMREAD_COLOR)
    if image is None or (made := _jpeg(image)) is None:
        return None
    return Shown(made, "image/jpeg", f'"{sha256[:24]}-jpeg"')


def _decoded(file: Path, how: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None:
    if not file.is_file() or file.stat().st_size > LARGEST_FILE_BYTES:
        return None
    try:
        image = cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), how)
    except cv2.error:  # an empty file, or one that says it is larger than OpenCV will have it
        return None
    if image is None or image.size > 3 * MAX_PIXELS:
        return None
    return np.asarray(image, np.uint8)


def _jpeg(image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes | None:
    done, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return encoded.tobytes() if done else None
