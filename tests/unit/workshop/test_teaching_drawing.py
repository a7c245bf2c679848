import xml.etree.ElementTree as ET

import pytest

from workshop.teaching.drawing import HEIGHT, WIDTH, histogram, roc_drawing


def _bars(svg: str, fill: str) -> list[float]:
    root = ET.fromstring(svg)  # noqa: S314 - our own
    return [float(rect.get("height", 0)) for rect in root.iter("rect") if rect.get("fill") == fill]


def test_each_part_is_in_a_bar() -> None:
    """Good ones and KO ones, stacked: heights in proportion to how many there are."""
    svg = histogram([1.0, 1.0, 1.0, 5.0], [9.0, 9.0], 7.0)
    assert _bars(svg, "#0b6e4f") == pytest.approx([202.0, 202.0 / 3], abs=0.2)
    assert _bars(svg, "url(#ko)") == pytest.approx([202.0 * 2 / 3], abs=0.2)
    assert "threshold 7" in svg
    assert "Scores of 4 good parts and 2 KO parts" in svg


@pytest.mark.parametrize(
    ("good", "ko", "threshold"), [([0.0, 0.0], [], 0.0), ([1e9, -1e9], [], 5e9), ([1.0], [2.0], -3)]
)
def test_any_scores_can_be_drawn(good: list[float], ko: list[float], threshold: float) -> None:
    """All the same, far apart, without KO: inside the drawing."""
    root = ET.fromstring(histogram(good, ko, threshold))  # noqa: S314 - our own
    for rect in list(root.iter("rect"))[2:]:
        assert 0 <= float(rect.get("x", -1)) <= WIDTH
        assert 0 <= float(rect.get("y", -1)) <= HEIGHT


def test_the_curve_has_words_for_those_who_do_not_see_it() -> None:
    """A title, and the place of the threshold."""
    svg = roc_drawing([(0, 0), (0, 1), (1, 1)], (0.0, 1.0), 1.0)
    ET.fromstring(svg)  # noqa: S314 - our own
    assert 'role="img" aria-label="KO parts found against good parts rejected' in svg
    assert "at the threshold" in svg
