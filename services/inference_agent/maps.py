"""Maps: what a model says of each place, as a small picture that a prediction can carry.

A model gives a grid of values over its input. Here it is cut to the part that holds the picture, made small and written
as a PNG, so that whoever lays it over the frame needs to know its `box` and nothing of letterbox, crop or region.
"""

import base64
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from inference_agent.geometry import Geometry
from okko.contracts import PredictionMap

Scalar = TypeVar("Scalar", bound=np.generic)
Indices = NDArray[np.uint8]
Values = NDArray[np.float32]

MAX_SIDE_PX = 128
"""The longer side of a map: enough to see where, a few hundred bytes for plain shapes."""

MAX_PNG_BYTES = 8192
"""A map that is larger, of a model that sees noise, is halved until it is not: it travels with each prediction."""

MAX_CLASSES = 256
"""What a pixel of 8 bits can tell apart."""

_LEVELS = 255


def shown(grid: NDArray[Scalar], geometry: Geometry) -> NDArray[Scalar]:
    """The part of a grid over the model's input that holds the picture: (h, w) as it came, without margins.

    The result covers `geometry.frame_box` exactly. Each of its places has the value of the cell that its centre lies
    in, so that margins which end within a cell neither leak in nor move what is beside them.
    """
    x0, y0, x1, y1 = geometry.shown
    if (x0, y0, x1, y1) == (0.0, 0.0, 1.0, 1.0):
        return grid
    rows, columns = _cells(y0, y1, grid.shape[0]), _cells(x0, x1, grid.shape[1])
    return grid[rows[:, None], columns]


def of_classes(indices: Indices, labels: tuple[str, ...], geometry: Geometry) -> PredictionMap:
    """The map of a grid of classes that `shown` has cut, (h, w); only labels that occur in it are named.

    Where it is made smaller, a place is of the rarest class in it: a scratch of one pixel is what people look for.
    """
    counts = np.bincount(indices.ravel(), minlength=MAX_CLASSES)
    present = [int(index) for index in np.argsort(-counts, kind="stable") if counts[index]]
    places = np.zeros(MAX_CLASSES, np.uint8)
    places[present] = np.arange(len(present), dtype=np.uint8)
    grid: Indices = cv2.LUT(indices, places).astype(np.uint8, copy=False)
    size = _within(grid, MAX_SIDE_PX)
    while True:
        # The places count from the most common class, so that the greatest of several is the rarest.
        png = _png(_greatest(grid, size))
        if len(png) <= MAX_PNG_BYTES or max(size) == 1:
            return PredictionMap(
                kind="classes",
                box=_rounded(geometry),
                png=base64.b64encode(png).decode(),
                labels=tuple(labels[index] for index in present),
            )
        size = _halved(size)


def of_heat(values: Values, geometry: Geometry, low: float | None = None, high: float | None = None) -> PredictionMap:
    """The map of a grid of numbers that `shown` has cut, (h, w), from black at `low` to white at `high`.

    The bounds are those of the values where they are not given; what lies beyond is shown as the bound. Where the map
    is made smaller, a place has the greatest value in it.

    Raises:
        ValueError: if a value or a bound is not a number.
    """
    low = float(values.min()) if low is None else low
    high = float(values.max()) if high is None else high
    if not (np.isfinite((low, high)).all() and np.isfinite(values).all()):
        message = "a value of the heat map is not a number"
        raise ValueError(message)
    size = _within(values, MAX_SIDE_PX)
    while True:
        small = _greatest(values, size)
        png = _png(np.rint(np.clip((small - low) / ((high - low) or 1.0), 0, 1) * _LEVELS).astype(np.uint8))
        if len(png) <= MAX_PNG_BYTES or max(size) == 1:
            return PredictionMap(
                kind="heat", box=_rounded(geometry), png=base64.b64encode(png).decode(), low=low, high=high
            )
        size = _halved(size)


def pixels(found: PredictionMap) -> Indices:
    """The map's picture: (h, w) uint8.

    Raises:
        ValueError: if it holds none.
    """
    data = np.frombuffer(base64.b64decode(found.png, validate=True), np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    if image is None:
        message = "the map is no PNG"
        raise ValueError(message)
    return image.astype(np.uint8, copy=False)


def _cells(low: float, high: float, count: int) -> NDArray[np.intp]:
    places = max(1, round((high - low) * count))
    centres = low + (np.arange(places) + 0.5) * (high - low) / places
    return np.clip((centres * count).astype(np.intp), 0, count - 1)


def _within(grid: NDArray[Scalar], side: int) -> tuple[int, int]:
    """Height and width of the grid, made smaller where its longer side is longer than `side`."""
    height, width = grid.shape
    ratio = min(1.0, side / max(height, width))
    return max(1, round(height * ratio)), max(1, round(width * ratio))


def _halved(size: tuple[int, int]) -> tuple[int, int]:
    return max(1, size[0] // 2), max(1, size[1] // 2)


def _greatest(grid: NDArray[Scalar], size: tuple[int, int]) -> NDArray[Scalar]:
    if size == grid.shape:
        return grid
    rows, columns = (np.arange(n) * whole // n for n, whole in zip(size, grid.shape, strict=True))
    tall: NDArray[Scalar] = np.maximum.reduceat(grid, rows, axis=0)
    result: NDArray[Scalar] = np.maximum.reduceat(tall, columns, axis=1)
    return result


def _png(image: Indices) -> bytes:
    return bytes(cv2.imencode(".png", image)[1])


def _rounded(geometry: Geometry) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (round(value, 6) for value in geometry.frame_box)
    return x0, y0, x1, y1
