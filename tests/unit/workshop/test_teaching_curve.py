import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workshop.teaching.curve import auroc, roc

scores = st.lists(st.integers(0, 20).map(float), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("good", "ko", "area"),
    [([1.0, 2.0], [3.0, 4.0], 1.0), ([3.0], [1.0], 0.0), ([1.0], [1.0], 0.5), ([1.0, 3.0], [2.0], 0.5)],
)
def test_the_area_is_how_often_ko_scores_higher(good: list[float], ko: list[float], area: float) -> None:
    """Ties half."""
    assert auroc(good, ko) == area


@given(scores, scores)
def test_the_area_is_that_below_the_curve(good: list[float], ko: list[float]) -> None:
    """The two ways to say it agree, and the curve rises from corner to corner."""
    points = roc(good, ko)
    assert points[0] == (0, 0)
    assert points[-1] == (1, 1)
    pairs = list(itertools.pairwise(points))
    assert all(a <= c and b <= d for (a, b), (c, d) in pairs)
    area = sum((c - a) * (b + d) / 2 for (a, b), (c, d) in pairs)
    assert area == pytest.approx(auroc(good, ko))
