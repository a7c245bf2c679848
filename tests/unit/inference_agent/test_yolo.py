"""The YOLO decoder, against a slow one that looks at one candidate after the other."""

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference_agent.decoders import Yolo
from inference_agent.decoders.decoded import Output, OutputSpec
from inference_agent.geometry import Geometry

LABELS = ("duck", "crack", "stain")
LAYOUTS = ["v8", "v8-transposed", "v5", "v5-transposed"]


def arranged(table: NDArray[np.float32], layout: str) -> NDArray[np.float32]:
    """table: (n, 4 + C) as v8 has it; for v5 with an objectness of 0.5 put in."""
    if layout.startswith("v5"):
        table = np.insert(table, 4, 0.5, axis=1)
    by_candidate = layout in {"v8-transposed", "v5"}
    return np.ascontiguousarray(table if by_candidate else table.T)[None]


def slow_decode(table: NDArray[np.float32], min_score: float, iou: float) -> list[tuple[str, float, list[float]]]:
    """Detections, one candidate after the other."""
    found = []
    for row in table:
        best = max(range(3), key=lambda k: (row[4 + k], -k))
        if row[4 + best] >= min_score:
            x, y, w, h = (float(v) for v in row[:4])
            found.append((LABELS[best], float(row[4 + best]), [x - w / 2, y - h / 2, x + w / 2, y + h / 2]))
    found.sort(key=lambda f: -f[1])
    kept: list[tuple[str, float, list[float]]] = []
    for label, score, box in found:
        if all(label != other or overlap(box, other_box) <= iou for other, _, other_box in kept):
            kept.append((label, score, box))
    return kept


def overlap(a: list[float], b: list[float]) -> float:
    """Intersection over union, by hand."""
    shared = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


@given(seed=st.integers(0, 10_000), layout=st.sampled_from(LAYOUTS), unit=st.sampled_from(["relative", "pixel"]))
def test_detections_are_those_of_the_slow_decoder(seed: int, layout: str, unit: Literal["relative", "pixel"]) -> None:
    """Every layout and unit gives what comparing one candidate after the other gives."""
    random = np.random.default_rng(seed)
    table = random.random((40, 7), np.float32)
    table[:, :2] = 0.3 + 0.4 * table[:, :2]
    table[:, 2:4] = 0.1 + 0.3 * table[:, 2:4]
    factor = np.float32(0.5) if layout.startswith("v5") else np.float32(1)
    expected = slow_decode(np.concatenate((table[:, :4], table[:, 4:] * factor), axis=1), 0.4 * float(factor), 0.45)
    scaled = table.copy()
    if unit == "pixel":
        scaled[:, :4] *= np.array([320, 240, 320, 240], np.float32)
    decoder = Yolo(box_unit=unit, min_score=0.4 * float(factor), iou_threshold=0.45, max_detections=100)
    found = decoder.decode((Output("o", arranged(scaled, layout)),), Geometry(320, 240), LABELS).detections
    assert found is not None
    assert [d.label for d in found] == [label for label, _, _ in expected]
    assert [d.score for d in found] == pytest.approx([score for _, score, _ in expected], abs=1e-5)
    for detection, (_, _, box) in zip(found, expected, strict=True):
        assert detection.box == pytest.approx(box, abs=1e-4)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_is_told_by_its_shape(layout: str) -> None:
    """The shape and the number of labels tell the layout when the model is loaded."""
    shape = arranged(np.zeros((2100, 7), np.float32), layout).shape
    assert Yolo().check((OutputSpec("o", shape),), LABELS) is None
    why = Yolo().check((OutputSpec("o", shape),), LABELS[:1])
    assert why is not None
    assert "1 labels" in why


def test_boxes_of_a_letterbox_come_back_to_the_frame() -> None:
    """A box in the middle half of a letterboxed wide picture covers its full height."""
    geometry = Geometry(320, 320, 1, 2, 0, -0.5)
    table = np.array([[0.5, 0.5, 0.5, 0.5, 0.9, 0, 0]], np.float32)
    found = Yolo().decode((Output("o", arranged(table, "v8")),), geometry, LABELS).detections
    assert found is not None
    assert found[0].box == pytest.approx((0.25, 0, 0.75, 1))


@pytest.mark.parametrize("column", [0, 4])
def test_what_is_no_number_is_refused(column: int) -> None:
    """NaN in a score or in the box of a candidate is a failed model, not an empty picture."""
    table = np.array([[0.5, 0.5, 0.5, 0.5, 0.1, 0.9, 0]], np.float32)
    table[0, column] = np.nan
    with pytest.raises(ValueError, match="not a number"):
        Yolo().decode((Output("o", arranged(table, "v8")),), Geometry(320, 320), LABELS)


def test_a_model_gone_wild_reports_no_more_than_the_limit() -> None:
    """Thousands of good candidates give `max_detections`, not thousands."""
    table = np.random.default_rng(3).random((5000, 7), np.float32)
    found = Yolo(min_score=0, iou_threshold=1).decode((Output("o", arranged(table, "v8")),), Geometry(320, 320), LABELS)
    assert found.detections is not None
    assert len(found.detections) == 100
