"""A frame as a picture that a browser shows, and a page of cameras can load several times a second."""

from dataclasses import dataclass

import cv2
import numpy as np

from okko.contracts import Frame
from okko.image_header import is_complete

AS_IT_IS_BYTES = 160_000
"""A JPEG or PNG up to this size goes as it came."""

WIDEST_PX = 1280
QUALITY = 80
MAX_PIXELS = 100_000_000


@dataclass(frozen=True, slots=True)
class Preview:
    """An encoded picture and its media type."""

    data: bytes
    media_type: str


def preview_of(frame: Frame) -> Preview | None:
    """The frame, made smaller where it is large; None where it cannot be read."""
    if frame.encoding != "raw-bgr8" and len(frame.data) <= AS_IT_IS_BYTES:
        return Preview(bytes(frame.data), f"image/{frame.encoding}")
    if frame.width_px * frame.height_px > MAX_PIXELS:
        return None
    if frame.encoding == "raw-bgr8":
        if len(frame.data) != frame.width_px * frame.height_px * 3:
            return None
        image = np.frombuffer(frame.data, np.uint8).reshape(frame.height_px, frame.width_px, 3)
    else:
        if not is_complete(bytes(frame.data)):
            return None
        how = cv2.IMREAD_COLOR if frame.width_px < 2 * WIDEST_PX else cv2.IMREAD_REDUCED_COLOR_2
        decoded = cv2.imdecode(np.frombuffer(frame.data, np.uint8), how)
        if decoded is None:
            return None
        image = np.asarray(decoded, np.uint8)
    height, width = image.shape[:2]
    if width > WIDEST_PX:
        size = (WIDEST_PX, max(1, round(height * WIDEST_PX / width)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    done, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return Preview(encoded.tobytes(), "image/jpeg") if done else None
