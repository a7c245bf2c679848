import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workshop.teaching.threshold import choose_probability, choose_threshold, per_thousand, percent, warnings_of

SCORES = [float(score) for score in range(1, 100)]
lists = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=80)
shares = st.floats(0.0001, 0.5)


@pytest.mark.parametrize(
    ("wanted", "value", "above", "expected"),
    [
        (0.01, 99.0, 0, 0.01),  # of 99 parts alike, 1 in 100 to come is above the highest
        (0.05, 95.0, 4, 0.05),
        (0.10, 90.0, 9, 0.10),
        (0.105, 90.0, 9, 0.10),
        (0.5, 50.0, 49, 0.5),
    ],
)
def test_with_enough_parts_the_threshold_is_a_score(wanted: float, value: float, above: int, expected: float) -> None:
    """The r-th highest of n: r in n + 1 parts to come are expected above it."""
    found = choose_threshold(SCORES, wanted)
    assert (found.value, found.beyond_all) == (value, False)
    assert (found.false_rejects.found, found.false_rejects.of) == (above, 99)
    assert found.false_rejects.expected == pytest.approx(expected)


def test_fewer_parts_than_the_rate_needs_put_it_beyond_all() -> None:
    """And it is said that it is no more than how the scores fall off."""
    found = choose_threshold(SCORES[:50], 0.01)
    assert found.beyond_all
    assert found.value > 50
    assert found.false_rejects.expected == 0.01
    assert f"{found.false_rejects.upper:.1%}" == "5.8%"
    told = " ".join(warnings_of(found))
    assert "with 50 good parts all that can be said of false rejects, at 95 %: up to 5.8 % (58 in a thousand)" in told
    assert "to promise 1 % takes 299 parts" in told
    assert "1 in 51" in told
    assert "nothing is known of escapes" in told


def test_a_rate_that_is_promised_needs_no_warning() -> None:
    """Enough good parts, enough KO parts, all of them found."""
    found = choose_threshold([float(number) for number in range(400)], 0.05, ko=[1000.0] * 40)
    assert found.false_rejects.upper > 0.05  # expected 5 %: the bound lies above
    strict = choose_threshold([1.0 - 1 / number for number in range(1, 400)], 0.5, ko=[1000.0] * 40)
    assert "not a promise" in " ".join(warnings_of(found))
    assert strict.escapes is not None
    assert strict.escapes.found == 0


@given(st.integers(60, 300))
def test_the_bound_of_no_reject_is_kept_where_it_is_below_the_wish(count: int) -> None:
    """Then nothing is said of false rejects."""
    found = choose_threshold([float(number) for number in range(count)], 1 / (count + 1) / 2, ko=[1e9] * 50)
    assert any("false rejects" in text for text in warnings_of(found))
    loose = choose_threshold([0.0] * count, 0.4, ko=[1e9] * 50)  # all alike: none is above any of them
    assert warnings_of(loose) == ()


def test_escapes_are_counted_where_ko_is_known() -> None:
    """A KO part that scores no higher than the threshold escapes."""
    found = choose_threshold(SCORES, 0.05, ko=[1.0, 95.0, 95.1, 200.0])
    assert found.escapes is not None
    assert (found.escapes.found, found.escapes.of, found.escapes.expected) == (2, 4, 0.5)
    assert found.escapes.lower < 0.5 < found.escapes.upper
    assert any("with 4 KO parts" in text for text in warnings_of(found))


@given(lists, shares)
def test_no_more_good_parts_are_above_than_was_wanted(scores: list[float], wanted: float) -> None:
    """Whatever the scores: the share that was seen above never exceeds the wish."""
    found = choose_threshold(scores, wanted)
    assert found.false_rejects.found <= wanted * (len(scores) + 1) + 1e-9
    assert found.false_rejects.lower <= found.false_rejects.expected <= found.false_rejects.upper + 1e-9


@given(lists, shares, shares)
def test_a_smaller_wish_is_a_higher_threshold(scores: list[float], one: float, other: float) -> None:
    """Never a lower one."""
    few, many = sorted((one, other))
    assert choose_threshold(scores, few).value >= choose_threshold(scores, many).value


@given(st.lists(st.integers(-1000, 1000), min_size=5, max_size=60), shares)
def test_the_scale_of_the_scores_does_not_matter(scores: list[int], wanted: float) -> None:
    """Twice the scores and one more: twice the threshold and one more."""
    plain = choose_threshold([float(score) for score in scores], wanted).value
    moved = choose_threshold([2.0 * score + 1 for score in scores], wanted).value
    assert moved == pytest.approx(2 * plain + 1, rel=1e-9, abs=1e-6)


def test_what_is_expected_is_what_comes() -> None:
    """Of two thousand lines taught anew, the rate of false rejects is that which was said, on average."""
    chance = random.Random(7)
    for wanted, count in ((0.05, 40), (0.1, 30)):
        rejected = 0
        for _ in range(2000):
            value = choose_threshold([chance.lognormvariate(0, 1) for _ in range(count)], wanted).value
            rejected += chance.lognormvariate(0, 1) > value
        expected = choose_threshold([1.0 * n for n in range(count)], wanted).false_rejects.expected
        assert rejected / 2000 == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(
    ("good", "wanted"),
    [([1.0, 2.0], 0.0), ([1.0, 2.0], 1.0), ([1.0], 0.1), ([], 0.1), ([1.0, float("nan")], 0.1)],
)
def test_what_gives_no_threshold_is_refused(good: list[float], wanted: float) -> None:
    """No scores, no spread, no number."""
    with pytest.raises(ValueError, match="not"):
        choose_threshold(good, wanted)


@pytest.mark.parametrize(
    ("share", "text", "thousand"), [(0.0582, "5.8 %", "58"), (1.0, "100 %", "1000"), (0.0, "0 %", "0")]
)
def test_shares_are_said_in_two_digits(share: float, text: str, thousand: str) -> None:
    """As people read them."""
    assert percent(share) == text
    assert per_thousand(share) == f"{thousand} in a thousand"


def test_of_probabilities_the_threshold_stays_one() -> None:
    """Beyond all of them, and below the KO parts that stand out; a score that it is comes back to the digit."""
    good = [0.01, 0.03, 0.02, 0.2, 0.05, 0.9, 0.02, 0.04, 0.6, 0.01]
    found = choose_probability(good, 0.01, [0.5, 0.999999])
    assert 0.9 < found.value < 0.999999
    assert (found.beyond_all, found.escapes and found.escapes.found) == (True, 1)
    assert choose_threshold(good, 0.01).value > 1
    at = choose_probability(good, 0.2, [0.5])
    assert (at.value, at.beyond_all, at.false_rejects.found) == (0.6, False, 1)
    assert choose_probability([1.0, 1.0, 1.0], 0.01).value == 0.999999
