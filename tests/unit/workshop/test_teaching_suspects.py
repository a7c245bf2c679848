import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workshop.teaching.suspects import suspects, suspicious_above


def test_a_part_far_above_the_others_is_suspected() -> None:
    """By its place; the worst first."""
    scores = [10.0 + number / 10 for number in range(20)]
    assert suspects([*scores[:5], 40.0, *scores[5:], 60.0]) == (21, 5)


def test_parts_alike_are_not_suspected() -> None:
    """Of a normal spread, one run in ten may have one; these have none."""
    chance = random.Random(3)
    found = [bool(suspects([chance.gauss(10, 1) for _ in range(50)])) for _ in range(300)]
    assert sum(found) < 30


@pytest.mark.parametrize("scores", [[], [1.0, 99.0], [1.0] * 6 + [99.0]])
def test_too_few_to_tell(scores: list[float]) -> None:
    """Quartiles of seven are no measure."""
    assert suspects(scores) == ()


def test_scores_that_hardly_differ_are_not_odd_for_a_hair() -> None:
    """Of a part that never moves, all scores are nearly the same."""
    assert suspects([1.0] * 20 + [1.001]) == ()
    assert suspects([1.0] * 20 + [2.0]) == (20,)


@given(st.lists(st.floats(0, 1e6), min_size=8, max_size=60))
def test_never_more_than_a_quarter_is_suspected(scores: list[float]) -> None:
    """The limit lies above the upper quartile, whatever the scores."""
    assert len(suspects(scores)) <= len(scores) / 4


def test_no_limit_without_scores() -> None:
    """One score, or one that is no number."""
    for scores in ([1.0], [1.0, float("nan")]):
        with pytest.raises(ValueError, match="finite"):
            suspicious_above(scores)
