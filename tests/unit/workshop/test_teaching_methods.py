"""The methods: what they learn, and what a part left out would have scored."""

from typing import Any

import numpy as np
import pytest

from workshop.teaching.features import Features
from workshop.teaching.methods import METHODS


def parts(count: int, seed: int = 1, *, odd: float = 0.0) -> Features:
    """Features that vary along a few directions, as those of parts do; `odd` is added to one patch and to the mean."""
    random = np.random.default_rng(seed)
    shape = np.random.default_rng(9)
    pooled = random.normal(size=(count, 3)) @ shape.normal(size=(3, 24)) + 0.1 * random.normal(size=(count, 24))
    kinds = random.normal(size=(count, 3)) @ shape.normal(size=(3, 4 * 4 * 6))
    patches = kinds.reshape(count, 4, 4, 6) + 0.1 * random.normal(size=(count, 4, 4, 6))
    pooled[:, :4] += odd
    patches[:, 1, 2] += odd
    return Features(pooled.astype(np.float32), patches.astype(np.float32), (16, 4, 4))


@pytest.mark.parametrize("name", ["padim", "mahalanobis"])
def test_the_score_of_a_part_left_out_is_that_of_teaching_without_it(name: str) -> None:
    """The short cut agrees with the long way, but for the scale and ridge, which stay those of all parts."""
    method, good = METHODS[name], parts(40)
    short = method.left_out(good)
    everyone = np.arange(40)
    long = [method.scores(method.fit(good.take(everyone[everyone != i])), good.take([i]))[0] for i in range(40)]
    assert short == pytest.approx(long, rel=0.05)
    assert np.corrcoef(short, long)[0, 1] > 0.99


def test_nearest_never_asks_a_part_about_itself() -> None:
    """A part left out has a distance from the others, not from itself."""
    good = parts(12)
    taught_with_it = METHODS["nearest"].scores(METHODS["nearest"].fit(good), good)
    assert (METHODS["nearest"].left_out(good) > taught_with_it + 0.01).all()


@pytest.mark.parametrize("name", METHODS)
def test_what_is_odd_scores_higher(name: str) -> None:
    """Than any good part that it was not taught with."""
    method = METHODS[name]
    state = method.fit(parts(40))
    assert method.scores(state, parts(20, 3, odd=6.0)).min() > method.scores(state, parts(20, 2)).max()


@pytest.mark.parametrize("name", METHODS)
def test_the_same_parts_teach_the_same(name: str) -> None:
    """Byte for byte."""
    one, two = (METHODS[name].fit(parts(20)) for _ in range(2))
    for field in one.__slots__:
        first: Any = getattr(one, field)
        assert first.tobytes() == getattr(two, field).tobytes()


@pytest.mark.parametrize("name", METHODS)
def test_equal_parts_give_numbers(name: str) -> None:
    """Nothing varies: no division by zero, and what differs is far away."""
    good = parts(1).take([0] * 8)
    method = METHODS[name]
    assert np.isfinite(method.left_out(good)).all()
    scores = method.scores(method.fit(good), parts(3, 4))
    assert np.isfinite(scores).all()
    assert scores.min() > method.left_out(good).max()
