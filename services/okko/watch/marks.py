"""What was found in a frame, drawn into its small picture: boxes, and where it is odd."""

import base64
import binascii
from collections.abc import Sequence
from typing import TYPE_CHECKING

from okko import contracts as c

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bgr = NDArray[np.uint8]

Box = tuple[float, float, float, float]
FULL: Box = (0.0, 0.0, 1.0, 1.0)
BOX_COLOUR = (60, 220, 255)
"""B, G, R: seen on dark and light, and neither the green of OK nor the red of KO."""

HEAT_COLOUR = (40, 60, 255)
HEAT_SHARE = 0.7
MAX_BOXES = 50
MAX_MAP_PX = 512 * 512
"""A map is a small picture by contract; a large one is none of ours."""


def marked(pixels: "Bgr", roi: Box | None, predictions: Sequence[c.Prediction]) -> "Bgr":
    """A copy with what was found drawn in. `pixels` is (height, width, 3) BGR and shows `roi` of the frame."""
    if not any(one.detections or one.map for one in predictions):
        return pixels
    import cv2

    canvas = pixels.copy()
    for prediction in predictions:
        if prediction.map is not None and prediction.map.kind == "heat":
            _heat(canvas, prediction.map, roi or FULL)
    for prediction in predictions:
        for found in (prediction.detections or ())[:MAX_BOXES]:
            x0, y0, x1, y1 = _place(canvas, found.box, roi or FULL)
            cv2.rectangle(canvas, (x0, y0), (max(x0, x1 - 1), max(y0, y1 - 1)), BOX_COLOUR, 1)
    return canvas


def _place(canvas: "Bgr", box: Sequence[float], roi: Box) -> tuple[int, int, int, int]:
    """A box of the full frame in pixels of the picture, cut off at its edges."""
    height, width = canvas.shape[:2]
    across, down = max(1e-6, roi[2] - roi[0]), max(1e-6, roi[3] - roi[1])
    x0, x1 = (round(width * min(1.0, max(0.0, (x - roi[0]) / across))) for x in (box[0], box[2]))
    y0, y1 = (round(height * min(1.0, max(0.0, (y - roi[1]) / down))) for y in (box[1], box[3]))
    return x0, y0, x1, y1


def _heat(canvas: "Bgr", heat: c.PredictionMap, roi: Box) -> None:
    import cv2
    import numpy as np

    x0, y0, x1, y1 = _place(canvas, heat.box, roi)
    try:
        encoded = np.frombuffer(base64.b64decode(heat.png, validate=True), np.uint8)
        grey = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE) if encoded.size else None
    except (binascii.Error, cv2.error):
        return
    if grey is None or grey.size > MAX_MAP_PX or x1 <= x0 or y1 <= y0:
        return
    odd = cv2.resize(grey, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA).astype(np.float32) / 255 * HEAT_SHARE
    under = canvas[y0:y1, x0:x1]
    under[:] = (under * (1 - odd[..., None]) + np.array(HEAT_COLOUR, np.float32) * odd[..., None]).astype(np.uint8)
