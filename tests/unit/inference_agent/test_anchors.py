"""The decoder of raw boxes around anchors, against a slow one that looks at one anchor after the other."""

import math
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from inference_agent.decoders import Anchors
from inference_agent.decoders.anchors import Layer, anchors_of
from inference_agent.decoders.decoded import Output, OutputSpec
from inference_agent.geometry import Geometry

LABELS = ("face", "hand")
LAYERS = ({"cells": [4, 3], "sizes": [[0.2, 0.3], [0.4, 0.1]]}, {"cells": [2, 1], "repeat": 3})
COUNT = 4 * 3 * 2 + 2 * 3
PLAIN = Geometry(128, 128)


def decoder(**settings: Any) -> Anchors:
    """Two layers, and what a test is about."""
    return Anchors.model_validate({"layers": LAYERS, **settings})


def outputs(boxes: NDArray[Any], scores: NDArray[Any], names: tuple[str, str] = ("a", "b")) -> tuple[Output, ...]:
    """Boxes and scores as a model gives them."""
    return Output(names[0], boxes.astype(np.float32)), Output(names[1], scores.astype(np.float32))


def slow_anchors() -> list[tuple[float, float, float, float]]:
    """Layer by layer, row by row, column by column, size by size."""
    found = []
    for columns, rows, sizes in ((4, 3, [(0.2, 0.3), (0.4, 0.1)]), (2, 1, [(1.0, 1.0)] * 3)):
        for row in range(rows):
            for column in range(columns):
                found += [((column + 0.5) / columns, (row + 0.5) / rows, w, h) for w, h in sizes]
    return found


def test_anchors_stand_in_the_middle_of_their_cells() -> None:
    """Each cell has one of each size, in the order in which training frameworks number them."""
    layers = tuple(Layer.model_validate(layer) for layer in LAYERS)
    assert anchors_of(layers) == pytest.approx(np.array(slow_anchors()), abs=1e-6)


@given(
    seed=st.integers(0, 10_000),
    order=st.sampled_from(["yxhw", "xywh"]),
    size=st.sampled_from(["exp", "linear"]),
    activation=st.sampled_from(["none", "softmax", "sigmoid"]),
    background=st.booleans(),
)
def test_detections_are_those_of_the_slow_decoder(
    seed: int,
    order: Literal["yxhw", "xywh"],
    size: Literal["exp", "linear"],
    activation: Literal["none", "softmax", "sigmoid"],
    background: bool,
) -> None:
    """Every form of box and score gives what working out one anchor after the other gives."""
    random = np.random.default_rng(seed)
    raw = random.normal(size=(COUNT, 7))  # three values more than a box has: key points
    raw[:, 2:4] = np.abs(raw[:, 2:4])
    logits = (
        random.random((COUNT, 2 + background)) if activation == "none" else random.normal(size=(COUNT, 2 + background))
    )
    expected = []
    for anchor, values, row in zip(slow_anchors(), raw.tolist(), logits.tolist(), strict=True):
        x, y, w, h = values[:4] if order == "xywh" else (values[1], values[0], values[3], values[2])
        w, h = (math.exp(w / 4), math.exp(h / 5)) if size == "exp" else (w / 4, h / 5)
        x, y, w, h = x / 2 * anchor[2] + anchor[0], y / 3 * anchor[3] + anchor[1], w * anchor[2], h * anchor[3]
        total = sum(map(math.exp, row))
        scores = {
            "none": row,
            "softmax": [math.exp(v) / total for v in row],
            "sigmoid": [1 / (1 + math.exp(-v)) for v in row],
        }[activation][int(background) :]
        best = max(range(2), key=lambda k: (scores[k], -k))
        box = [min(1, max(0, v)) for v in (x - w / 2, y - h / 2, x + w / 2, y + h / 2)]
        if scores[best] >= 0.4 and box[2] > box[0] and box[3] > box[1]:
            expected.append((LABELS[best], scores[best], box))
    expected.sort(key=lambda found: -found[1])
    found = (
        decoder(
            order=order,
            size=size,
            activation=activation,
            background=background,
            scale=[2, 3, 4, 5],
            min_score=0.4,
            iou_threshold=1,
        )
        .decode(outputs(raw[None], logits[None]), PLAIN, LABELS)
        .detections
    )
    assert found is not None
    assert [d.label for d in found] == [label for label, _, _ in expected]
    assert [d.score for d in found] == pytest.approx([score for _, score, _ in expected], abs=1e-5)
    for detection, (_, _, box) in zip(found, expected, strict=True):
        assert detection.box == pytest.approx(box, abs=1e-4)


def test_of_boxes_that_overlap_the_best_stays() -> None:
    """Three anchors of one place that see the same thing are one detection; another label is another thing."""
    raw = np.zeros((1, COUNT, 4))
    scores = np.full((1, COUNT, 2), -9.0)
    scores[0, -3:, 0] = (1, 3, 2)
    scores[0, -1, 1] = 4
    found = decoder(size="exp").decode(outputs(raw, scores), PLAIN, LABELS).detections
    assert found is not None
    assert [(d.label, d.box) for d in found] == [("hand", (0.25, 0, 1, 1)), ("face", (0.25, 0, 1, 1))]
    assert found[1].score == pytest.approx(1 / (1 + math.exp(-3)), abs=1e-6)


def test_nothing_found_is_no_detection() -> None:
    """Where no score reaches the least, there is an empty list."""
    scores = np.full((1, COUNT, 2), -9.0)
    assert decoder().decode(outputs(np.zeros((1, COUNT, 4)), scores), PLAIN, LABELS).detections == ()


@pytest.mark.parametrize("shape", [(1, COUNT, 4), (1, COUNT, 1, 4), (1, COUNT, 16)])
@pytest.mark.parametrize("swapped", [False, True])
def test_outputs_are_told_by_their_shapes(shape: tuple[int, ...], swapped: bool) -> None:
    """In either order, with an axis more, with key points; one label's scores with or without an axis."""
    for score_shape in ((1, COUNT, 1), (1, COUNT)):
        specs = (OutputSpec("a", shape), OutputSpec("b", score_shape))
        assert decoder().check(specs[::-1] if swapped else specs, LABELS[:1]) is None
        values = outputs(np.zeros(shape), np.ones(score_shape))
        found = decoder().decode(values[::-1] if swapped else values, PLAIN, LABELS[:1]).detections
        assert found


@pytest.mark.parametrize(
    ("names", "first"), [(("a", "b"), True), (("scores", "box_encodings"), False), (("raw_boxes", "scores"), True)]
)
def test_where_both_could_be_boxes_the_name_tells(names: tuple[str, str], first: bool) -> None:
    """Of four labels scores look like boxes: the name decides, else the first output is the boxes."""
    boxes, scores = np.zeros((1, COUNT, 4)), np.full((1, COUNT, 4), -9.0)
    scores[0, 0, 3] = 9
    values = outputs(boxes, scores, names) if first else outputs(scores, boxes, names)
    found = decoder(order="xywh").decode(values, PLAIN, ("a", "b", "c", "d")).detections
    assert found is not None
    assert [d.label for d in found] == ["d"]


@pytest.mark.parametrize(
    ("shapes", "labels", "settings", "why"),
    [
        ([(1, COUNT, 4), (1, COUNT, 2)], (), {}, "needs labels"),
        ([(1, COUNT, 4)], LABELS, {}, "this one gives"),
        ([(1, COUNT, 4), (1, COUNT, 3)], LABELS, {}, "see `background`"),
        ([(1, COUNT, 4), (1, COUNT, 2)], LABELS, {"background": True}, r"\[1, n, 3\]"),
        ([(1, COUNT, 3), (1, COUNT, 2)], LABELS, {}, "this one gives"),
        ([(1, COUNT, 4), (1, COUNT + 1, 2)], LABELS, {}, "this one gives"),
        ([(1, 7, 4), (1, 7, 2)], LABELS, {}, "30 anchors, the model gives 7 boxes"),
        ([(1,), (1, COUNT, 2)], LABELS, {}, "this one gives"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(
    shapes: list[tuple[int, ...]], labels: tuple[str, ...], settings: dict[str, Any], why: str
) -> None:
    """What was expected and what came is said when the model is loaded."""
    found = decoder(**settings).check(tuple(OutputSpec("o", shape) for shape in shapes), labels)
    with pytest.raises(ValueError, match=why):
        raise ValueError(found)


@pytest.mark.parametrize(("where", "value"), [("scores", math.nan), ("boxes", math.nan), ("boxes", 1e9)])
def test_what_is_no_number_is_refused(where: str, value: float) -> None:
    """NaN in a score or in the box of a detection is a failed model, not an empty picture; so is a box without end."""
    boxes, scores = np.zeros((1, COUNT, 4)), np.zeros((1, COUNT, 2))
    {"scores": scores, "boxes": boxes}[where][0, 5, :] = value
    with pytest.raises(ValueError, match="not a number"):
        decoder().decode(outputs(boxes, scores), PLAIN, LABELS)


def test_outputs_that_change_are_refused() -> None:
    """A model without a fixed size that gives something else while it runs is told."""
    with pytest.raises(ValueError, match="changed their shape"):
        decoder().decode(outputs(np.zeros((1, 5, 4)), np.zeros((1, COUNT, 2))), PLAIN, LABELS)
    with pytest.raises(ValueError, match="changed their shape"):
        decoder().decode(outputs(np.zeros((1, 5, 4)), np.zeros((1, 5, 2))), PLAIN, LABELS)


@pytest.mark.parametrize(
    "settings",
    [
        {"layers": []},
        {"layers": [{"cells": [0, 4]}]},
        {"layers": [{"cells": [4, 4], "sizes": []}]},
        {"layers": [{"cells": [4, 4], "sizes": [[0, 1]]}]},
        {"scale": [1, 1, 0, 1]},
    ],
)
def test_anchors_that_are_none_are_refused(settings: dict[str, Any]) -> None:
    """No layer, no cell, no size and no division by zero."""
    with pytest.raises(ValidationError):
        decoder(**settings)
