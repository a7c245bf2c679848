"""Boxes as arrays: from the model's input to the full frame, and without those that show the same thing twice.

boxes: (n, 4) float32, x0 y0 x1 y1. Everything here works on all of them at once.
"""

import numpy as np
from numpy.typing import NDArray

from inference_agent.geometry import Geometry
from okko.contracts import Detection

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

MAX_CANDIDATES = 1000
"""Of more candidates than these only the best are compared: a model gone wild must not take seconds."""


def to_frame(boxes: Floats, geometry: Geometry) -> Floats:
    """Boxes in 0..1 of the model's input as boxes in 0..1 of the full frame, clipped to it."""
    scale = np.array([geometry.scale_x, geometry.scale_y] * 2, np.float32)
    offset = np.array([geometry.offset_x, geometry.offset_y] * 2, np.float32)
    clipped: Floats = np.clip(boxes * scale + offset, 0.0, 1.0)
    return clipped


def from_centres(boxes: Floats) -> Floats:
    """Boxes given as centre x, centre y, width, height as corners."""
    half = boxes[:, 2:] / 2
    return np.concatenate((boxes[:, :2] - half, boxes[:, :2] + half), axis=1)


def overlap(box: Floats, others: Floats) -> Floats:
    """Intersection over union of one box with each of the others; 0 where both are empty."""
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[2:], others[:, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=1)
    union = np.prod(box[2:] - box[:2]) + np.prod(others[:, 2:] - others[:, :2], axis=1) - shared
    result: Floats = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return result


def best_first(scores: Floats, limit: int = MAX_CANDIDATES) -> Ints:
    """The indices of the best scores in falling order; of equal ones the first comes first, each time."""
    return np.argsort(-scores, kind="stable")[:limit]


def suppress(boxes: Floats, scores: Floats, classes: Ints, iou_threshold: float, limit: int) -> Ints:
    """The indices of the boxes that stay, best first: none overlaps a better one of its class beyond the threshold.

    Runs once for each box that stays, never once for each candidate.
    """
    left = best_first(scores)
    kept: list[int] = []
    while left.size and len(kept) < limit:
        best, left = left[0], left[1:]
        kept.append(int(best))
        same_thing = (classes[left] == classes[best]) & (overlap(boxes[best], boxes[left]) > iou_threshold)
        left = left[~same_thing]
    return np.array(kept, np.int64)


def detections(boxes: Floats, scores: Floats, classes: Ints, labels: tuple[str, ...]) -> tuple[Detection, ...]:
    """Detections in the order given, without boxes that have no area inside the frame.

    Raises:
        ValueError: if a box or a score is not a number, or a class has no label.
    """
    if not (np.isfinite(boxes).all() and np.isfinite(scores).all()):
        message = "a box or a score is not a number"
        raise ValueError(message)
    if classes.size and not 0 <= classes.min() <= classes.max() < len(labels):
        message = f"the model found class {classes.max()} and there are {len(labels)} labels; see `label_offset`"
        raise ValueError(message)
    visible = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    rounded = np.round(boxes.astype(np.float64), 6)
    return tuple(
        Detection(label=labels[index], score=round(min(1.0, max(0.0, score)), 6), box=(x0, y0, x1, y1))
        for index, score, (x0, y0, x1, y1) in zip(
            classes[visible].tolist(), scores[visible].tolist(), rounded[visible].tolist(), strict=True
        )
    )
