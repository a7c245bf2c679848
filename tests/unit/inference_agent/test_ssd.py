"""The SSD decoder."""

from itertools import permutations

import numpy as np
import pytest
from pydantic import ValidationError

from inference_agent.decoders import Ssd
from inference_agent.decoders.decoded import Output, OutputSpec
from inference_agent.decoders.ssd import PARTS
from inference_agent.geometry import Geometry

LABELS = ("person", "cat", "dog")
VALUES = {
    "boxes": np.array([[[0.1, 0.2, 0.5, 0.6], [0, 0, 1, 1], [0.3, 0.3, 0.4, 0.4], [9, 9, 9, 9]]], np.float32),
    "classes": np.array([[1, 0, 2, 0]], np.float32),
    "scores": np.array([[0.9, 0.2, 0.6, 0.99]], np.float32),
    "count": np.array([3], np.float32),
}
PLAIN = Geometry(300, 300)


def outputs(**names: str) -> tuple[Output, ...]:
    """The outputs in this order, under these names."""
    return tuple(Output(name, VALUES[part]) for part, name in names.items())


def test_the_ops_own_order_is_understood() -> None:
    """Boxes come as y0 x0 y1 x1 and leave as x0 y0 x1 y1; only `count` of them count, only those above min_score."""
    named = {part: f"TFLite_Detection_PostProcess:{i}" for i, part in enumerate(PARTS)}
    found = Ssd(min_score=0.3).decode(outputs(**named), PLAIN, LABELS).detections
    assert found is not None
    assert [d.label for d in found] == ["cat", "dog"]
    assert [d.score for d in found] == pytest.approx([0.9, 0.6])
    assert found[0].box == pytest.approx((0.2, 0.1, 0.6, 0.5), abs=1e-6)


@pytest.mark.parametrize("order", list(permutations(PARTS)))
def test_names_tell_the_order(order: tuple[str, ...]) -> None:
    """Whatever the order, outputs that say `scores` and `classes` are told apart."""
    found = Ssd().decode(outputs(**{part: f"detection_{part}" for part in order}), PLAIN, LABELS).detections
    assert found is not None
    assert [d.label for d in found] == ["cat", "dog"]


def test_tensorflow_2_numbers_its_outputs() -> None:
    """What TensorFlow 2 exports comes as scores, boxes, count, classes, named only by number."""
    numbered = {"scores": 1, "boxes": 3, "count": 0, "classes": 2}
    named = {part: f"StatefulPartitionedCall:{number}" for part, number in numbered.items()}
    found = Ssd().decode(outputs(**named), PLAIN, LABELS).detections
    assert found is not None
    assert [d.label for d in found] == ["cat", "dog"]


def test_the_settings_have_the_last_word() -> None:
    """`outputs` names the order where nothing else tells it."""
    decoder = Ssd(outputs=("scores", "classes", "boxes", "count"))
    found = decoder.decode(outputs(scores="a", classes="b", boxes="c", count="d"), PLAIN, LABELS).detections
    assert found is not None
    assert [d.label for d in found] == ["cat", "dog"]
    with pytest.raises(ValidationError, match="once"):
        Ssd(outputs=("scores", "scores", "boxes", "count"))


def test_boxes_belong_to_the_full_frame() -> None:
    """Boxes of a model that saw the right half of the frame lie in the right half."""
    geometry = PLAIN.within((0.5, 0, 1, 1))
    found = Ssd().decode(outputs(boxes="b", classes="c", scores="s", count="n"), geometry, LABELS).detections
    assert found is not None
    assert found[0].box == pytest.approx((0.6, 0.1, 0.8, 0.5), abs=1e-6)


def test_label_offset_skips_a_background_line() -> None:
    """With `label_offset` 1 the model's class 0 is the second label."""
    decoder = Ssd(label_offset=1)
    found = decoder.decode(outputs(boxes="b", classes="c", scores="s", count="n"), PLAIN, ("???", *LABELS)).detections
    assert found is not None
    assert [d.label for d in found] == ["cat", "dog"]


@pytest.mark.parametrize("part", ["boxes", "scores", "count"])
def test_what_is_no_number_is_refused(part: str) -> None:
    """NaN in boxes, scores or count is a failed model, not an empty picture."""
    damaged = tuple(
        Output(name, np.full_like(VALUES[name], np.nan) if name == part else VALUES[name]) for name in PARTS
    )
    with pytest.raises(ValueError, match="not a number"):
        Ssd().decode(damaged, PLAIN, LABELS)


@pytest.mark.parametrize(
    "shapes", [[(1, 10, 4), (1, 10)], [(1, 1917, 4), (1, 1917, 91)], [(1, 10, 4), (1, 10), (1, 10), (1, 10)]]
)
def test_other_outputs_are_refused_with_what_was_expected(shapes: list[tuple[int, ...]]) -> None:
    """A model without the post-process op is told so when it is loaded."""
    why = Ssd().check(tuple(OutputSpec("o", shape) for shape in shapes), LABELS)
    assert why is not None
    assert "[1, n, 4]" in why
