"""Picture files as the pipeline gets them: the bytes as they are, in a frame that belongs to no item."""

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

from inference_agent import loose
from okko.contracts import Frame
from okko.errors import ImageError
from okko.image_header import read_size

ENDINGS = frozenset((".jpg", ".jpeg", ".png", ".bmp", ".dib", ".pbm", ".pgm", ".ppm", ".tif", ".tiff", ".webp"))
MAX_FILE_BYTES = 64 << 20


def files(named: Iterable[str]) -> Iterator[Path]:
    """The files that paths, folders and patterns name, those of a folder sorted by their path.

    Raises:
        FileNotFoundError: if a name leads to no picture; with that name.
    """
    for name in named:
        path = Path(name)
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.suffix.lower() in ENDINGS and p.is_file())
        elif path.exists():
            found = [path]
        else:
            found = sorted(Path(match) for match in glob.glob(name, recursive=True) if Path(match).is_file())  # noqa: PTH207 - an absolute pattern, too
        if not found:
            raise FileNotFoundError(name)
        yield from found


def read(path: Path) -> bytes:
    """The bytes of a picture file.

    Raises:
        ImageError: if it can't be read, or is larger than any frame.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ImageError(f"cannot be read: {error.strerror or error}") from error
    if len(data) > MAX_FILE_BYTES:
        raise ImageError(f"has more than {MAX_FILE_BYTES >> 20} MiB")
    return data


def frame(data: bytes, source: str = "") -> Frame:
    """A frame with these bytes: JPEG and PNG as they are, of other formats the pixels.

    Raises:
        ImageError: if they are no picture.
    """
    if not data or read_size(data) is not None:
        return loose.encoded(data, source)
    image = _pixels(data)
    return loose.frame(image.tobytes(), "raw-bgr8", image.shape[1], image.shape[0], source)


def encoded(data: bytes) -> bytes:
    """The bytes as JPEG or PNG: as they are, or packed as PNG.

    Raises:
        ImageError: if they are no picture.
    """
    if not data or read_size(data) is not None:
        return bytes(loose.encoded(data).data)
    return bytes(cv2.imencode(".png", _pixels(data))[1])


def no_frame(source: str) -> Frame:
    """What stands for a picture that could not be read."""
    return loose.frame(b"", "jpeg", 1, 1, source)


def _pixels(data: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    if data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8")):
        raise ImageError("its header is damaged: it does not tell its size")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise ImageError(f"cannot be decoded: {str(error)[:200]}") from error
    if image is None:
        raise ImageError(f"is no picture that can be decoded: it begins with {data[:8]!r}")
    return image.astype(np.uint8, copy=False)
