"""What the cameras saw of an item, made small enough for a page."""

import cv2

from inference_agent.images import open_picture, scale_for
from okko.contracts import Frame
from okko.errors import ImageError
from workshop.replay.album import Picture
from workshop.replay.tally import Looked

SIDE_PX = 480
_QUALITY = 80


def pictures_of(looked: Looked) -> list[Picture]:
    """A small picture of each camera, in the order of their names."""
    return [_small(looked.frames[camera]) for camera in sorted(looked.frames)]


def _small(frame: Frame) -> Picture:
    try:
        picture = open_picture(frame)
        ratio = min(1.0, SIDE_PX / max(picture.width_px, picture.height_px))
        image = picture.at(scale_for(ratio))
    except ImageError as error:
        return Picture(frame.camera, b"", why=error.why)
    size = (max(1, round(picture.width_px * ratio)), max(1, round(picture.height_px * ratio)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return Picture(frame.camera, jpeg.tobytes(), *size)
