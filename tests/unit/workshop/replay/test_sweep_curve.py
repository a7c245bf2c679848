"""Escapes and false rejects against a threshold."""

import pytest

from workshop.replay.sweep_curve import Rate, Sweep, runs
from workshop.replay.sweep_step import Step
from workshop.replay.sweep_target import Target

MIN = Target("0.min_score", "min_score", (0,), 0.0)


def swept(target: Target = MIN) -> Sweep:
    """Good parts with OK scores of .9 and .7, bad ones with .6 and none."""
    sweep = Sweep(target)
    for truth, score in (("OK", 0.9), ("OK", 0.7), ("KO", 0.6)):
        sweep.add("OK" if truth == "OK" else "KO", Step("OK", "KO", score), [score], [0.65])
    sweep.add("KO", Step("KO", "KO"), [], [0.65])
    return sweep


@pytest.mark.parametrize(
    ("threshold", "escapes", "rejects"), [(0.6, 1, 0), (0.61, 0, 0), (0.7, 0, 0), (0.71, 0, 1), (0.91, 0, 2)]
)
def test_a_threshold_lets_through_and_rejects(threshold: float, escapes: int, rejects: int) -> None:
    """At a score itself it is still reached."""
    point = swept().point(threshold)
    assert (point.escapes, point.false_rejects) == (Rate(escapes, 2), Rate(rejects, 2))


def test_the_curve_has_even_steps_the_scores_and_what_is_in_force() -> None:
    """From 0 to 1 for scores, in order, each threshold once."""
    thresholds = [point.threshold for point in swept().points()]
    assert thresholds == sorted(set(thresholds))
    assert {0.0, 0.02, 0.6, 0.65, 0.7, 0.9, 1.0} <= set(thresholds)
    assert [point.threshold for point in swept().points() if point.in_force] == [0.65]


def test_nothing_below_the_floor_is_said() -> None:
    """The decoder reports no such scores."""
    points = swept(Target("0.min_score", "min_score", (0,), 0.33, "the decoder")).points()
    assert points[0].threshold == 0.33


def test_scores_of_any_scale_are_taken_in() -> None:
    """An anomaly score may be anything: round numbers around what was seen, both ends within."""
    sweep = Sweep(Target("0.max_score", "max_score", (0,)))
    for score in (812.4, 1533.0):
        sweep.add("OK", Step("KO", "OK", score, inclusive=False), [score], [1200.0])
    points = sweep.points()
    assert points[0].threshold <= 812.4
    assert points[-1].threshold > 1533.0
    assert {1000.0, 1200.0} <= {point.threshold for point in points}
    assert 25 <= len(points) <= 60
    assert (points[0].false_rejects.count, points[-1].false_rejects.count) == (2, 0)


def test_one_score_alone_is_a_curve() -> None:
    """No division by a span of nothing."""
    sweep = Sweep(Target("0.max_score", "max_score", (0,)))
    sweep.add("KO", Step("KO", "OK", 0.0, inclusive=False), [0.0], [])
    assert len(sweep.points()) > 1
    assert sweep.points()[-1].escapes == Rate(1, 1)


def test_neighbours_that_are_the_same_are_one_row() -> None:
    """But for the threshold in force."""
    rows = [(first.threshold, last.threshold) for first, last in runs(swept().points())]
    assert rows[:3] == [(0.0, 0.6), (0.62, 0.64), (0.65, 0.65)]


def test_a_rate_is_told_per_thousand() -> None:
    """With its interval; where nothing was seen, that."""
    assert str(Rate(14, 68)) == "14 of 68: 206 (127 to 316)"
    assert str(Rate(0, 0)) == "none seen"
    assert Rate(0, 0).per_thousand is None
