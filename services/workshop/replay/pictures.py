"""What the cameras saw of an item, made small enough for a page; with what a model said of it drawn in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import cv2

from inference_agent.images import Bgr, open_picture, scale_for
from okko.contracts import Frame, Prediction
from okko.errors import ImageError
from workshop.models.draw import drawn
from workshop.replay.album import Picture
from workshop.replay.tally import Looked

SIDE_PX = 480
_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Pair:
    """A camera's picture twice: with what a model said of it when it was recorded, and with what is said now."""

    before: Picture
    after: Picture


def pictures_of(looked: Looked) -> list[Picture]:
    """A small picture of each camera, in the order of their names; two where there is something to draw into it."""
    shown: list[Picture] = []
    for camera in sorted(looked.frames):
        said = (*_before(looked, camera), *_after(looked, camera))
        if any(prediction.detections or prediction.map is not None for prediction in said):
            shown += [
                picture
                for pair in _pairs(looked, camera)
                for picture in (_renamed(pair.before, "recorded"), _renamed(pair.after, "now"))
            ]
        else:
            shown.append(_plain(looked.frames[camera]))
    return shown


def pairs_of(looked: Looked) -> list[Pair]:
    """Each camera's picture as it was judged then and now, in the order of their names; one for each of its models."""
    return [pair for camera in sorted(looked.frames) for pair in _pairs(looked, camera)]


def _pairs(looked: Looked, camera: str) -> Iterator[Pair]:
    frame = looked.frames[camera]
    try:
        image = small(frame)
    except ImageError as error:
        none = Picture(camera, b"", why=error.why)
        yield Pair(none, none)
        return
    for before, after in zip_longest(_before(looked, camera), _after(looked, camera)):
        yield Pair(_said(camera, image, before), _said(camera, image, after))


def _before(looked: Looked, camera: str) -> Sequence[Prediction]:
    said = looked.evidence.item.predictions
    return [prediction for prediction in said if prediction.camera == camera and not prediction.shadow]


def _after(looked: Looked, camera: str) -> Sequence[Prediction]:
    return [prediction for prediction in looked.predictions if prediction.camera == camera]


def _said(camera: str, image: Bgr, prediction: Prediction | None) -> Picture:
    return encoded(camera, image if prediction is None else drawn(image, prediction))


def _renamed(picture: Picture, when: str) -> Picture:
    return Picture(f"{picture.camera}, {when}", picture.jpeg, picture.width_px, picture.height_px, picture.why)


def _plain(frame: Frame) -> Picture:
    try:
        return encoded(frame.camera, small(frame))
    except ImageError as error:
        return Picture(frame.camera, b"", why=error.why)


def small(frame: Frame) -> Bgr:
    """A frame's picture, at most `SIDE_PX` wide and high.

    Raises:
        ImageError: if it is none.
    """
    picture = open_picture(frame)
    ratio = min(1.0, SIDE_PX / max(picture.width_px, picture.height_px))
    image = picture.at(scale_for(ratio))
    size = (max(1, round(picture.width_px * ratio)), max(1, round(picture.height_px * ratio)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype("uint8", copy=False)


def encoded(camera: str, image: Bgr) -> Picture:
    """A small picture as a JPEG."""
    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return Picture(camera, jpeg.tobytes(), image.shape[1], image.shape[0])
