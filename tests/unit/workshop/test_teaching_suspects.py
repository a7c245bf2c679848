import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workshop.teaching.suspects import suspects


def test_a_part_far_above_the_others_is_suspected() -> None:
    """By its place; the worst first."""
    scores = [10.0 + number / 10 for number in range(20)]
    assert suspects([[*scores[:5], 40.0, *scores[5:], 60.0]]) == (21, 5)


def test_what_is_odd_to_one_method_only_is_less_odd() -> None:
    """Both are heard: a part that is 8 spreads off for one and not at all for the other is not suspected."""
    scores = [10.0 + number for number in range(20)]
    spread = (scores[15] - scores[10]) / 0.6745
    odd = [*scores, 20 + 8 * spread]
    assert suspects([odd]) == (20,)
    assert suspects([odd, [*scores, 20.0]]) == ()
    assert suspects([odd, [*scores, 20 + 5 * spread]]) == (20,)


def test_parts_alike_are_not_suspected() -> None:
    """Of a normal spread hardly a run has one."""
    chance = random.Random(3)
    found = [bool(suspects([[chance.gauss(10, 1) for _ in range(50)]])) for _ in range(300)]
    assert sum(found) < 15


@pytest.mark.parametrize("scores", [[], [1.0, 99.0], [1.0] * 6 + [99.0]])
def test_too_few_to_tell(scores: list[float]) -> None:
    """Quartiles of seven are no measure."""
    assert suspects([scores, scores]) == ()


def test_scores_that_hardly_differ_are_not_odd_for_a_hair() -> None:
    """Of a part that never moves, all scores are nearly the same."""
    assert suspects([[1.0] * 20 + [1.001]]) == ()
    assert suspects([[1.0] * 20 + [2.0]]) == (20,)
    assert suspects([[0.0] * 20 + [2.0]]) == (20,)


@given(st.lists(st.floats(0, 1e6), min_size=8, max_size=60))
def test_never_more_than_a_quarter_is_suspected(scores: list[float]) -> None:
    """The limit lies above the upper quartile, whatever the scores."""
    assert len(suspects([scores])) <= len(scores) / 4


def test_a_score_is_a_number() -> None:
    """Of what is none nothing is said."""
    with pytest.raises(ValueError, match="finite"):
        suspects([[1.0] * 10 + [float("nan")]])
