import pytest

from bench.figures import LEAST_RATE, RateSearch, beside, budget, budget_of, keeps_up, spread
from okko.contracts import Percentiles

TIMINGS_MS = {
    "total": 10.0,
    "exposure_top": 2.0,
    "captured_top": 2.5,
    "predicted": 9.5,
    **{f"{stage}_top_duck": 0.5 for stage in ("expose", "encode", "hash", "wire", "wait", "decode", "preprocess")},
    "invoke_top_duck": 1.0,
    "postprocess_top_duck": 0.25,
}


def test_a_spread_is_the_median_of_the_repeats_and_their_extremes() -> None:
    """One odd repeat changes an extreme, and not the figure."""
    found = spread([9.0, 2.0, 1.0])
    assert (found.median, found.low, found.high) == (2.0, 1.0, 9.0)


def test_two_percentiles_are_compared_by_ratio_and_by_difference() -> None:
    """Ours and the bare loop's medians over the repeats make the ratio, and what is more in ms."""
    ours = [Percentiles(p50_ms=p50, p99_ms=50.0, n=100) for p50 in (8.0, 10.0, 12.0)]
    bare = [Percentiles(p50_ms=p50, p99_ms=10.0, n=100) for p50 in (4.0, 5.0, 6.0)]
    found = beside(ours, bare, "p50_ms")
    assert (found.ratio, found.more_ms) == (2.0, 5.0)
    assert beside(ours, bare, "p99_ms").ratio == 5.0


def test_the_stages_of_an_item_sum_up_to_what_the_plc_saw() -> None:
    """No part of the way is counted twice or left out, whatever the stages are."""
    stages = budget_of(TIMINGS_MS, 12.0, "top", "duck")
    assert sum(stages.values()) == pytest.approx(12.0)
    assert stages["plc"] == pytest.approx(2.0)
    assert stages["decide"] == pytest.approx(0.5)
    assert stages["back"] == pytest.approx(2.75)


def test_items_that_the_plc_never_heard_of_are_not_in_the_budget() -> None:
    """Only an item that was decided on evidence, with a verdict on both sides, can be cut into stages."""
    items = [{"seq": seq, "reason": "rules", "timings_ms": TIMINGS_MS} for seq in (1, 2)]
    items.append({"seq": 3, "reason": "overload", "timings_ms": {"total": 0.1}})
    assert budget(items, {1: 12.0, 3: 2.0}, "top", "duck")["plc"].n == 1
    assert budget(items, {}, "top", "duck") == {}


@pytest.mark.parametrize("limit", [7.0, 33.0, 130.0, 1000.0])
def test_the_search_finds_the_highest_rate_that_holds(limit: float) -> None:
    """Wherever the limit lies, the rate that is found holds, and one a little higher does not."""
    search = RateSearch(100.0)
    steps = 0
    while (rate := search.next_rate()) is not None:
        steps += 1
        search.tried(rate, held=rate <= limit)
    assert limit * 0.9 < search.held <= limit
    assert steps < 20


def test_a_backlog_that_grows_is_not_kept_up_with() -> None:
    """Every verdict may be in time, and the rate still more than the station can do for longer."""
    assert keeps_up([10.0] * 30 + [400.0] + [10.0] * 9, limit_ms=100.0)
    assert not keeps_up([float(i) for i in range(0, 400, 10)], limit_ms=100.0)
    assert not keeps_up([], limit_ms=100.0)


def test_the_search_ends_where_no_rate_holds() -> None:
    """A station that never answers is measured as 0 items/s, in bounded time."""
    search = RateSearch(100.0)
    while (rate := search.next_rate()) is not None:
        assert rate >= LEAST_RATE / search.factor
        search.tried(rate, held=False)
    assert search.held == 0.0
