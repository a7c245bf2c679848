"""Boxes: suppression and coordinates, against slow and obvious references."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from inference_agent import boxes as b
from inference_agent.geometry import Geometry

# A coarse grid, so that overlaps and equal scores are common rather than rare.
CORNERS = npst.arrays(np.int8, st.tuples(st.integers(0, 25), st.just(4)), elements=st.integers(0, 8))


def slow_iou(one: NDArray[np.float32], two: NDArray[np.float32]) -> float:
    """Intersection over union, by hand."""
    width = min(one[2], two[2]) - max(one[0], two[0])
    height = min(one[3], two[3]) - max(one[1], two[1])
    shared = max(0.0, float(width)) * max(0.0, float(height))
    areas = sum(float((box[2] - box[0]) * (box[3] - box[1])) for box in (one, two))
    return shared / (areas - shared) if areas - shared > 0 else 0.0


def slow_nms(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], classes: NDArray[np.int64], threshold: float
) -> list[int]:
    """Non-maximum suppression, each box with each."""
    kept: list[int] = []
    for i in sorted(range(len(boxes)), key=lambda i: (-scores[i], i)):
        if all(classes[i] != classes[k] or slow_iou(boxes[i], boxes[k]) <= threshold for k in kept):
            kept.append(i)
    return kept


@given(corners=CORNERS, threshold=st.sampled_from([0.0, 0.33, 0.5, 0.9, 1.0]), seed=st.integers(0, 99))
def test_suppression_is_the_textbook_one(corners: NDArray[np.int8], threshold: float, seed: int) -> None:
    """The same boxes stay, in the same order, as when each is compared with each, one at a time."""
    boxes = np.sort(corners.reshape(-1, 2, 2), axis=1).reshape(-1, 4).astype(np.float32) / np.float32(8)
    random = np.random.default_rng(seed)
    scores = random.integers(0, 5, len(boxes)).astype(np.float32) / np.float32(4)
    classes = random.integers(0, 3, len(boxes)).astype(np.int64)
    assert b.suppress(boxes, scores, classes, threshold, 1000).tolist() == slow_nms(boxes, scores, classes, threshold)


def test_no_more_than_the_limit_stay() -> None:
    """The best boxes stay when there are more than may be reported."""
    boxes = np.array([[i / 50, 0, (i + 1) / 50, 1] for i in range(50)], np.float32)
    scores = np.linspace(0, 1, 50, dtype=np.float32)
    assert b.suppress(boxes, scores, np.zeros(50, np.int64), 0.5, 3).tolist() == [49, 48, 47]


def test_equal_scores_keep_their_order() -> None:
    """One picture always gives the same order."""
    assert b.best_first(np.full(64, 0.5, np.float32)).tolist() == list(range(64))


@given(x=st.floats(0, 0.5), y=st.floats(0, 0.5), offset=st.floats(-0.2, 0.2), scale=st.floats(0.5, 1.5))
def test_boxes_go_where_points_go(x: float, y: float, offset: float, scale: float) -> None:
    """The corners of a box are mapped as points are, and clipped to the frame."""
    geometry = Geometry(96, 96, scale, 1 / scale, offset, -offset)
    found = b.to_frame(np.array([[x, y, x + 0.5, y + 0.5]], np.float32), geometry)[0]
    expected = np.clip([*geometry.to_frame(x, y), *geometry.to_frame(x + 0.5, y + 0.5)], 0, 1)
    assert found == pytest.approx(expected, abs=1e-5)


def test_boxes_outside_the_frame_are_left_out() -> None:
    """What a model sees in a letterbox's margin is nothing in the frame."""
    boxes = np.array([[0, 0, 0, 1], [0.1, 0.1, 0.2, 0.2]], np.float32)
    found = b.detections(boxes, np.array([0.9, 0.8], np.float32), np.array([0, 0]), ("duck",))
    assert [d.box for d in found] == [pytest.approx((0.1, 0.1, 0.2, 0.2))]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_is_refused(value: float) -> None:
    """A box or score that is not a number is an error, not a detection."""
    good = np.array([[0, 0, 1, 1]], np.float32)
    with pytest.raises(ValueError, match="not a number"):
        b.detections(np.full((1, 4), value, np.float32), np.ones(1, np.float32), np.zeros(1, np.int64), ("duck",))
    with pytest.raises(ValueError, match="not a number"):
        b.detections(good, np.array([value], np.float32), np.zeros(1, np.int64), ("duck",))


def test_a_class_without_a_label_is_refused() -> None:
    """A wrong label list is told, not guessed around."""
    with pytest.raises(ValueError, match="1 labels"):
        b.detections(np.array([[0, 0, 1, 1]], np.float32), np.ones(1, np.float32), np.array([1]), ("duck",))
