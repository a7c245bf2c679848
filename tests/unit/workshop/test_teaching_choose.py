"""The choice of a method."""

import numpy as np
import pytest

from workshop.teaching.choose import auroc, judge
from workshop.teaching.features import Features


def parts(count: int, seed: int, *, at_a_place: float = 0.0, all_over: float = 0.0) -> Features:
    """Features of noise, with something odd at one place, or in the whole."""
    random = np.random.default_rng(seed)
    pooled, patches = random.normal(size=(count, 24)), random.normal(size=(count, 4, 4, 6))
    patches[:, 2, 1, :3] += at_a_place
    pooled += all_over
    return Features(pooled.astype(np.float32), patches.astype(np.float32), (16, 4, 4))


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [([1, 2], [3, 4], 1.0), ([3, 4], [1, 2], 0.0), ([1, 2], [1, 2], 0.5), ([1, 3], [2], 0.5), ([1, 1], [1], 0.5)],
)
def test_auroc_is_how_often_bad_scores_higher(good: list[float], bad: list[float], expected: float) -> None:
    """Ties count half."""
    assert auroc(np.array(good, np.float32), np.array(bad, np.float32)) == expected


def test_the_method_that_sees_the_defect_comes_first() -> None:
    """What is odd at one place is for the methods that look at patches, what is odd as a whole for `mahalanobis`."""
    good = parts(30, 1)
    assert judge(good, [parts(30, 2, at_a_place=4.0)])[0].method in {"padim", "nearest"}
    assert judge(good, [parts(30, 2, all_over=2.0)])[0].method == "mahalanobis"


def test_ko_parts_that_are_known_have_their_say() -> None:
    """Forty of them outweigh made-up defects of another kind."""
    good, made_up = parts(30, 1), [parts(30, 2, at_a_place=4.0)]
    best = judge(good, made_up, parts(40, 3, all_over=2.0))[0]
    assert best.method == "mahalanobis"
    assert best.ko.shape == (40,)
    assert best.separation_ko == pytest.approx(1.0, abs=0.02)
    assert best.good.shape == (30,)
    assert best.made_up.shape == (30, 1)


def test_without_maps_only_the_whole_is_looked_at() -> None:
    """A backbone may have nothing but an embedding."""
    good = parts(10, 1)
    bare = Features(good.pooled, np.zeros((10, 0, 0, 0), np.float32), (24,))
    assert [one.method for one in judge(bare)] == ["mahalanobis"]


@pytest.mark.parametrize("count", [3, 4, 7])
def test_a_few_parts_are_judged(count: int) -> None:
    """Three are enough to leave one out."""
    for one in judge(parts(count, 1), [parts(count, 2, at_a_place=4.0)], parts(2, 3)):
        assert np.isfinite(one.good).all()
        assert one.separation <= 1


def test_two_parts_are_too_few() -> None:
    """Said, not computed."""
    with pytest.raises(ValueError, match="3 good parts at least"):
        judge(parts(2, 1))
