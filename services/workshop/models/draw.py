"""A prediction drawn into its picture: boxes, class masks, heat maps, and a caption below that covers nothing.

Legible on dark and light: text stands on a plain ground, black on bright colours and white on dark ones.
"""

import base64
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from okko.contracts import Prediction, PredictionMap
from workshop.models.words import answer

Bgr = NDArray[np.uint8]
Colour = tuple[int, int, int]

LEAST_SIDE_PX = 320
"""Smaller pictures are enlarged: text needs its pixels."""

COLOURS: tuple[Colour, ...] = (
    (0, 158, 255),
    (180, 119, 31),
    (44, 160, 44),
    (40, 39, 214),
    (189, 103, 148),
    (75, 86, 140),
    (194, 119, 227),
    (34, 189, 188),
    (207, 190, 23),
    (120, 200, 255),
)
"""B, G, R; told apart on dark and light ground."""

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_MASK_SHARE = 0.45
_HEAT_SHARE = 0.5
_BRIGHT = 140
_CAPTION_GROUND: Colour = (32, 32, 32)


def drawn(image: Bgr, prediction: Prediction) -> Bgr:
    """A copy of the picture, with all that the prediction says of it. `image` is (height, width, 3) BGR."""
    return _with_caption(marked(image, prediction), answer(prediction))


def marked(image: Bgr, prediction: Prediction) -> Bgr:
    """The same without the caption: what has its place in the picture, boxes and maps."""
    canvas = _large_enough(image)
    if prediction.map is not None:
        canvas = _with_map(canvas, prediction.map, _things(prediction))
    labels = _labels(prediction)
    for found in reversed(prediction.detections or ()):  # the best one last, on top of the others
        colour = COLOURS[labels.index(found.label) % len(COLOURS)]
        _box(canvas, found.box, f"{found.label} {found.score:.2f}", colour)
    return canvas


def _labels(prediction: Prediction) -> list[str]:
    of_map = prediction.map.labels if prediction.map is not None else ()
    found = {one.label for one in prediction.detections or ()}
    return [*of_map, *sorted(found.difference(of_map))]


def _things(prediction: Prediction) -> set[str]:
    """The labels of a map that are tinted: those of things, which have a box; the background has none."""
    if prediction.detections is None:
        return set(prediction.map.labels[1:]) if prediction.map is not None else set()
    return {found.label for found in prediction.detections}


def _large_enough(image: Bgr) -> Bgr:
    factor = max(1, -(-LEAST_SIDE_PX // min(image.shape[:2])))
    if factor == 1:
        return image.copy()
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST), np.uint8)


def _with_map(canvas: Bgr, shown: PredictionMap, things: set[str]) -> Bgr:
    encoded = np.frombuffer(base64.b64decode(shown.png), np.uint8)
    grey = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)
    height, width = canvas.shape[:2]
    x0, x1 = (round(side * width) for side in (shown.box[0], shown.box[2]))
    y0, y1 = (round(side * height) for side in (shown.box[1], shown.box[3]))
    if grey is None or x1 <= x0 or y1 <= y0:
        return canvas
    under = canvas[y0:y1, x0:x1]
    if shown.kind == "heat":
        large = cv2.resize(grey, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
        under[:] = cv2.addWeighted(under, 1 - _HEAT_SHARE, cv2.applyColorMap(large, cv2.COLORMAP_TURBO), _HEAT_SHARE, 0)
        return canvas
    classes = cv2.resize(grey, (x1 - x0, y1 - y0), interpolation=cv2.INTER_NEAREST)
    tinted = under.copy()
    for index, label in enumerate(shown.labels):
        if label in things:
            tinted[classes == index] = COLOURS[index % len(COLOURS)]
    under[:] = cv2.addWeighted(under, 1 - _MASK_SHARE, tinted, _MASK_SHARE, 0)
    return canvas


def _scale(canvas: Bgr) -> tuple[float, int]:
    """Size and thickness of letters, for a picture of this size."""
    size = max(0.45, min(canvas.shape[:2]) / 900)
    return size, max(1, round(size * 1.6))


def _box(canvas: Bgr, box: Sequence[float], text: str, colour: Colour) -> None:
    height, width = canvas.shape[:2]
    x0, x1 = (min(width - 1, round(side * width)) for side in (box[0], box[2]))
    y0, y1 = (min(height - 1, round(side * height)) for side in (box[1], box[3]))
    size, thick = _scale(canvas)
    # A dark line around a coloured one: seen on any ground.
    cv2.rectangle(canvas, (x0, y0), (x1, y1), (0, 0, 0), thick + 3)
    cv2.rectangle(canvas, (x0, y0), (x1, y1), colour, thick + 1)
    (wide, high), below = cv2.getTextSize(text, _FONT, size, thick)
    left = max(0, min(x0, width - wide - 6))
    top = max(0, y0 - high - below - 6)
    cv2.rectangle(canvas, (left, top), (left + wide + 6, top + high + below + 6), colour, cv2.FILLED)
    cv2.putText(canvas, text, (left + 3, top + high + 3), _FONT, size, _ink(colour), thick, cv2.LINE_AA)


def _ink(ground: Colour) -> Colour:
    blue, green, red = ground
    bright = 0.114 * blue + 0.587 * green + 0.299 * red
    return (0, 0, 0) if bright > _BRIGHT else (255, 255, 255)


def _with_caption(canvas: Bgr, text: str) -> Bgr:
    size, thick = _scale(canvas)
    width = canvas.shape[1]
    lines = _wrapped(text, size, thick, width - 12)
    (_, high), below = cv2.getTextSize("Ag", _FONT, size, thick)
    line_px = high + below + 6
    strip = np.full((line_px * len(lines) + 6, width, 3), _CAPTION_GROUND, np.uint8)
    for number, line in enumerate(lines):
        at = (6, 3 + line_px * number + high + 3)
        cv2.putText(strip, line, at, _FONT, size, _ink(_CAPTION_GROUND), thick, cv2.LINE_AA)
    return np.vstack((canvas, strip))


def _wrapped(text: str, size: float, thick: int, width_px: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and cv2.getTextSize(longer, _FONT, size, thick)[0][0] > width_px:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
