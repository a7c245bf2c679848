"""Intervals of shares."""

import pytest

from workshop.replay.wilson import wilson


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.27753),
        (1, 10, 0.01788, 0.40415),
        (5, 10, 0.23659, 0.76341),
        (10, 10, 0.72247, 1.0),
        (0, 0, 0.0, 1.0),
    ],
)
def test_an_interval_is_wilsons(count: int, of: int, low: float, high: float) -> None:
    """Against known values; of nothing it may be anything."""
    assert wilson(count, of) == pytest.approx((low, high), abs=1e-4)


def test_the_ends_are_exact() -> None:
    """Where nothing was seen the interval begins at 0, where all was it ends at 1: nothing of rounding is left."""
    for of in range(1, 300):
        assert wilson(0, of)[0] == 0.0
        assert wilson(of, of)[1] == 1.0


@pytest.mark.parametrize(("count", "of"), [(14, 68), (3, 1000), (999, 1000), (1, 2)])
def test_at_its_ends_the_count_is_just_as_far_off_as_it_may_be(count: int, of: int) -> None:
    """What Wilson's interval is: the shares of which this count is within 1.96 deviations."""
    for end in wilson(count, of):
        assert abs(count / of - end) == pytest.approx(1.959964 * (end * (1 - end) / of) ** 0.5, rel=1e-6)
