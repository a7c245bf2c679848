"""Picture files to pixels, for the few cases in which the camera agent needs them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from okko.errors import ImageError
from okko.image_header import is_complete, read_size

MAX_PIXELS = 100_000_000
MAX_FILE_BYTES = 64 * 1024 * 1024


def decode_bgr(data: bytes) -> NDArray[np.uint8]:
    """The picture in `data`, (height, width, 3) uint8, BGR.

    Raises:
        ImageError: if it is none, or is too large to hold in memory beside the others.
    """
    if not data:
        raise ImageError("the file is empty")
    if len(data) > MAX_FILE_BYTES:
        raise ImageError(f"the file has {len(data)} bytes, at most {MAX_FILE_BYTES} are decoded")
    size = read_size(data)
    if size is not None and size[1] * size[2] > MAX_PIXELS:
        raise ImageError(f"{size[1]} x {size[2]} pixels, at most {MAX_PIXELS} are decoded")
    if not is_complete(data):
        raise ImageError(f"the file is truncated after {len(data)} bytes")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise ImageError(f"cannot be decoded: {error.err}") from error
    if image is None:
        raise ImageError(f"is no picture that can be decoded ({len(data)} bytes)")
    return image.astype(np.uint8, copy=False)
