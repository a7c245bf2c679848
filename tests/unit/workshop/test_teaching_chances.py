import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workshop.teaching.chances import beta_share, lower_bound, parts_needed, upper_bound

KNOWN = [
    # found, of, lower, upper: one-sided 95 %, from the tables of Clopper and Pearson
    (0, 50, 0.0, 1 - 0.05 ** (1 / 50)),
    (0, 10, 0.0, 0.2589),
    (1, 20, 0.0026, 0.2161),
    (5, 10, 0.2224, 0.7776),
    (10, 10, 0.7411, 1.0),
    (3, 300, 0.0027, 0.0256),
]


@pytest.mark.parametrize(("found", "of", "lower", "upper"), KNOWN)
def test_bounds_are_those_of_the_tables(found: int, of: int, lower: float, upper: float) -> None:
    """As printed in books, to the digits that they print."""
    assert lower_bound(found, of) == pytest.approx(lower, abs=1e-4)
    assert upper_bound(found, of) == pytest.approx(upper, abs=1e-4)


def test_fifty_good_parts_promise_no_less_than_six_percent() -> None:
    """The figure that the command tells: with 50 parts and none rejected, up to 5.8 %."""
    assert f"{upper_bound(0, 50):.1%}" == "5.8%"


@pytest.mark.parametrize(("share", "parts"), [(0.01, 299), (0.05, 59), (0.001, 2995), (0.5, 5)])
def test_how_many_parts_a_promise_takes(share: float, parts: int) -> None:
    """So many that the bound is at the share, and one fewer that it is not."""
    assert parts_needed(share) == parts
    assert upper_bound(0, parts) <= share < upper_bound(0, parts - 1)


@pytest.mark.parametrize(("found", "of"), [(-1, 3), (4, 3), (0, 0)])
def test_what_is_no_count_is_refused(found: int, of: int) -> None:
    """None of nothing says nothing."""
    with pytest.raises(ValueError, match="no count"):
        upper_bound(found, of)


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0])
def test_nothing_and_all_cannot_be_promised(share: float) -> None:
    """No number of parts is enough for never."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        parts_needed(share)


@given(st.integers(1, 400), st.data())
def test_a_bound_is_where_the_binomial_says(of: int, data: st.DataObject) -> None:
    """At the upper bound, so few or fewer are found in exactly one case of twenty."""
    found = data.draw(st.integers(0, of - 1))
    share = upper_bound(found, of)
    below = math.fsum(
        math.exp(
            math.lgamma(of + 1)
            - math.lgamma(k + 1)
            - math.lgamma(of - k + 1)
            + k * math.log(share)
            + (of - k) * math.log1p(-share)
        )
        for k in range(found + 1)
    )
    assert below == pytest.approx(0.05, abs=1e-6)
    assert lower_bound(found, of) <= found / of <= share


@given(st.floats(0.5, 200), st.floats(0.5, 200), st.floats(0.001, 0.999))
def test_the_beta_distribution_is_its_own_mirror(a: float, b: float, x: float) -> None:
    """What lies below x is what lies above 1 - x of the other; and it is a share."""
    share = beta_share(x, a, b)
    assert 0 <= share <= 1
    assert share == pytest.approx(1 - beta_share(1 - x, b, a), abs=1e-9)
