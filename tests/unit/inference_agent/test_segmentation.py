"""The segmentation decoder, against a slow one that looks at one place after the other."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference_agent import maps
from inference_agent.decoders import Segmentation
from inference_agent.decoders.decoded import Output, OutputSpec
from inference_agent.geometry import Geometry
from okko.contracts import Detection

LABELS = ("nothing", "scratch", "stain")
PLAIN = Geometry(100, 100)


def outputs(values: NDArray[Any]) -> tuple[Output, ...]:
    """The only output of a model."""
    return (Output("map", values.astype(np.float32)),)


def by_label(detections: tuple[Detection, ...] | None) -> dict[str, Detection]:
    """Each label has one box."""
    assert detections is not None
    found = {detection.label: detection for detection in detections}
    assert len(found) == len(detections)
    return found


@given(
    seed=st.integers(0, 10_000),
    size=st.tuples(st.integers(2, 9), st.integers(2, 9)),
    channels_first=st.booleans(),
    activation=st.sampled_from(["none", "softmax", "sigmoid"]),
)
def test_areas_boxes_and_scores_are_those_of_the_slow_decoder(
    seed: int, size: tuple[int, int], channels_first: bool, activation: str
) -> None:
    """In both layouts and with each activation all is what looking at one place after the other gives."""
    height, width = size
    values = np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)
    if channels_first and height == 3:
        values = values[:2]  # [1, 3, 3, c] would be ambiguous, see below
        height = 2
    scores: dict[str, list[float]] = {}
    places: dict[str, list[tuple[int, int]]] = {}
    for row in range(height):
        for column in range(width):
            cell = values[row, column].tolist()
            best = max(range(3), key=lambda k: (cell[k], -k))
            score = {
                "none": cell[best],
                "softmax": math.exp(cell[best]) / sum(map(math.exp, cell)),
                "sigmoid": 1 / (1 + math.exp(-cell[best])),
            }[activation]
            scores.setdefault(LABELS[best], []).append(score)
            places.setdefault(LABELS[best], []).append((row, column))
    given_values = values.transpose(2, 0, 1) if channels_first and width != 3 else values
    decoder = Segmentation(activation=activation)
    decoded = decoder.decode(outputs(given_values[None]), PLAIN, LABELS)
    assert decoded.areas == pytest.approx({k: len(v) / (height * width) for k, v in scores.items()}, abs=1e-6)
    found = by_label(decoded.detections)
    assert set(found) == set(scores)
    for label, detection in found.items():
        rows, columns = zip(*places[label], strict=True)
        box = (min(columns) / width, min(rows) / height, (max(columns) + 1) / width, (max(rows) + 1) / height)
        assert detection.box == pytest.approx(box, abs=1e-6)
        assert detection.score == pytest.approx(sum(scores[label]) / len(scores[label]), abs=1e-5)


def test_boxes_come_best_first_and_the_background_has_none() -> None:
    """What lies between the things has an area; only things have boxes."""
    values = np.zeros((1, 4, 4, 3), np.float32)
    values[..., 0] = 0.5
    values[0, 0, 0] = (0, 0.6, 0)
    values[0, 3, 3] = (0, 0, 0.9)
    decoded = Segmentation(background="nothing").decode(outputs(values), PLAIN, LABELS)
    assert decoded.areas == {"nothing": 0.875, "scratch": 0.0625, "stain": 0.0625}
    assert [(d.label, d.score) for d in decoded.detections or ()] == [("stain", 0.9), ("scratch", 0.6)]


@pytest.mark.parametrize("shape", [(1, 2, 4, 1), (1, 1, 2, 4), (1, 2, 4)])
@pytest.mark.parametrize("labels", [("part",), ("nothing", "part")])
def test_a_mask_is_cut_at_the_threshold(shape: tuple[int, ...], labels: tuple[str, ...]) -> None:
    """From the threshold on a place is of the (last) label; of one label the rest has no name, area or box."""
    mask = np.array([[0.1, 0.4, 0.6, 0.9], [0.0, 0.0, 0.7, 0.4]], np.float32).reshape(shape)
    decoded = Segmentation(threshold=0.6).decode(outputs(mask), PLAIN, labels)
    found = by_label(decoded.detections)
    assert decoded.areas is not None
    assert decoded.areas["part"] == 0.375
    assert found["part"].box == (0.5, 0, 1, 1)
    assert found["part"].score == pytest.approx((0.6 + 0.9 + 0.7) / 3, abs=1e-6)
    assert decoded.map is not None
    assert maps.pixels(decoded.map).shape == (2, 4)
    assert set(decoded.map.labels) == {"part", labels[0] if len(labels) > 1 else ""}
    if len(labels) > 1:
        assert decoded.areas["nothing"] == 0.625
        assert found["nothing"].score == pytest.approx((0.9 + 0.6 + 1 + 1 + 0.6) / 5, abs=1e-6)
    else:
        assert set(decoded.areas) == set(found) == {"part"}


def test_a_mask_of_logits_is_activated_first() -> None:
    """The threshold is for scores of 0 to 1, whatever the model gives."""
    mask = np.array([[[-1000, -0.1], [0.1, 1000]]], np.float32)
    decoded = Segmentation(activation="sigmoid").decode(outputs(mask), PLAIN, ("part",))
    assert decoded.areas == {"part": 0.5}


@pytest.mark.parametrize("shape", [(1, 2, 2, 1), (1, 1, 2, 2), (1, 2, 2)])
def test_class_numbers_are_labels(shape: tuple[int, ...]) -> None:
    """One channel and more than two labels: the values are class numbers, of which the model is sure."""
    numbers = np.array([[0, 2], [2, 2]], np.float32).reshape(shape)
    decoded = Segmentation().decode(outputs(numbers), PLAIN, LABELS)
    assert decoded.areas == {"nothing": 0.25, "stain": 0.75}
    assert {d.score for d in decoded.detections or ()} == {1.0}


def test_nothing_found_is_no_box() -> None:
    """An empty mask has no area of the label, no box, and a map without it."""
    decoded = Segmentation().decode(outputs(np.zeros((1, 3, 3))), PLAIN, ("part",))
    assert (decoded.areas, decoded.detections) == ({}, ())
    assert decoded.map is not None
    assert decoded.map.labels == ("",)


def test_areas_are_shares_of_the_full_frame() -> None:
    """Of a letterbox the margins count for nothing; of a crop or a region only what is seen does."""
    values = np.zeros((1, 4, 4, 3), np.float32)
    values[..., 2] = 1
    letterbox = Geometry(4, 4, 1, 2, 0, -0.5, (0, 0.25, 1, 0.75))
    seen = Segmentation().decode(outputs(values), letterbox, LABELS)
    assert seen.areas == {"stain": 1}
    assert by_label(seen.detections)["stain"].box == (0, 0, 1, 1)
    seen = Segmentation().decode(outputs(values), letterbox.within((0.5, 0.5, 1, 1)), LABELS)
    assert seen.areas == {"stain": 0.25}
    assert by_label(seen.detections)["stain"].box == (0.5, 0.5, 1, 1)
    assert seen.map is not None
    assert seen.map.box == (0.5, 0.5, 1, 1)
    crop = Geometry(4, 4, 0.5, 1, 0.25, 0)
    seen = Segmentation().decode(outputs(values), crop, LABELS)
    assert seen.areas == {"stain": 0.5}
    assert by_label(seen.detections)["stain"].box == (0.25, 0, 0.75, 1)


def test_the_map_can_be_left_out() -> None:
    """Where nobody looks at it, none is made."""
    assert Segmentation(map=False).decode(outputs(np.zeros((1, 3, 3))), PLAIN, ("part",)).map is None


@pytest.mark.parametrize(
    ("values", "labels", "activation", "why"),
    [
        ([[0.1, math.nan]], ("part",), "none", "not a number"),
        ([[0.1, math.nan]], ("part",), "sigmoid", "not a number"),
        ([[[0.1, math.nan]] * 4] * 2, ("a", "b"), "softmax", "not a number"),
        ([[[0.1, math.inf]] * 4] * 2, ("a", "b"), "softmax", "not a number"),
        ([[[math.nan, 1.0]] * 4] * 2, ("a", "b"), "none", "not a number"),
        ([[0, 3]], LABELS, "none", "found class 3"),
        ([[0, -1]], LABELS, "none", "found class -1"),
        ([[0, 0.5]], LABELS, "none", "other values"),
        ([[0, math.nan]], LABELS, "none", "other values"),
        (np.zeros((2, 4, 4)), LABELS, "none", "changed its shape"),
    ],
)
def test_what_is_no_answer_is_refused(values: object, labels: tuple[str, ...], activation: str, why: str) -> None:
    """NaN, and classes that nobody has named, are a failed model, never a clean part."""
    with pytest.raises(ValueError, match=why):
        Segmentation(activation=activation).decode(outputs(np.array([values])), PLAIN, labels)


@pytest.mark.parametrize(
    ("shapes", "labels", "settings", "why"),
    [
        ([(1, 9, 9, 3)], LABELS, {}, None),
        ([(1, 3, 9, 9)], LABELS, {}, None),
        ([(1, 9, 9, 1)], LABELS, {}, None),
        ([(1, 9, 9)], LABELS[:1], {"activation": "sigmoid"}, None),
        ([(1, 9, 9, 3)], LABELS[:2], {}, r"\[1, h, w, 2\].*\[1, 9, 9, 3\]"),
        ([(1, 9, 9, 3)], (), {}, "needs 1 to 256 labels"),
        ([(1, 9, 9, 3)], tuple(map(str, range(257))), {}, "needs 1 to 256 labels"),
        ([(1, 9, 9, 3)], ("a", "b", "a"), {}, "must differ"),
        ([(1, 9, 9, 3)], LABELS, {"background": "other"}, "none of the labels"),
        ([(1, 9, 9, 3), (1, 9, 9, 3)], LABELS, {}, "this one gives"),
        ([(1, 3)], LABELS, {}, "this one gives"),
        ([(2, 9, 9, 3)], LABELS, {}, "this one gives"),
        ([(1, 0, 9, 3)], LABELS, {}, "this one gives"),
        ([(1, 9, 9)], LABELS[:1], {"activation": "softmax"}, "no softmax"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(
    shapes: list[tuple[int, ...]], labels: tuple[str, ...], settings: dict[str, str], why: str | None
) -> None:
    """What was expected and what came is said when the model is loaded."""
    found = Segmentation.model_validate(settings).check(tuple(OutputSpec("o", s) for s in shapes), labels)
    if why is None:
        assert found is None
    else:
        with pytest.raises(ValueError, match=why):
            raise ValueError(found)


def test_of_two_layouts_that_fit_the_last_axis_wins() -> None:
    """[1, 3, 3, 3] is read as LiteRT's kernels write it: the classes last."""
    values = np.zeros((1, 3, 3, 3), np.float32)
    values[0, 0, 0, 2] = 1
    decoded = Segmentation().decode(outputs(values), PLAIN, LABELS)
    assert decoded.areas == pytest.approx({"nothing": 8 / 9, "stain": 1 / 9}, abs=1e-6)
