"""What is under way to the broker further up: bounded, and told apart from what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.uplink_window import (
    MAX_BACKLOG_UNDER_WAY,
    MAX_UNDER_WAY,
    SUSPECT_BYTES,
    SUSPECT_LOSSES,
    Pace,
    Window,
)

LARGE = SUSPECT_BYTES + 1


def test_an_item_counts_until_it_is_marked() -> None:
    """Published, arrived and not yet marked, or given up and not yet marked: each takes its place in the window."""
    window = Window()
    window.published("a", 10, None)
    window.published("b", 10, None)
    window.published("c", 10, None)
    window.arrived(["a"])
    window.give_up("b", 99)
    assert len(window) == 3
    assert set(window.ids) == {"a", "b", "c"}
    assert window.unsettled() == (("a",), {"b": 99})
    window.settled(["a"], ["b"])
    assert window.ids == ("c",)
    assert "a" not in window
    assert window.unsettled() == ((), {})


def test_the_backlog_leaves_room_for_what_is_just_recorded() -> None:
    """It stops at its share; live items fill the rest, and no more."""
    window = Window()
    for number in range(MAX_BACKLOG_UNDER_WAY):
        assert window.room(live=False) > 0
        window.published(str(number), 10, None)
    assert window.room(live=False) == 0
    assert window.room(live=True) == MAX_UNDER_WAY - MAX_BACKLOG_UNDER_WAY


def test_after_a_refusal_one_goes_at_a_time() -> None:
    """Until one has arrived: a broker that takes nothing is asked with one item, not with hundreds."""
    window = Window(cautious=True)
    assert window.room(live=True) == 1
    window.published("a", 10, None)
    assert window.room(live=True) == window.room(live=False) == 0
    window.failed("a")
    assert window.room(live=False) == 1


def test_what_waits_too_long_for_its_receipt_is_sent_again() -> None:
    """Only what is due, once; a receipt that comes all the same is marked."""
    window = Window()
    window.published("a", 10, 100)
    window.published("b", 10, 200)
    window.published("c", 10, None)
    assert window.overdue(99) == 0
    assert window.overdue(100) == 1
    assert window.overdue(100) == 0
    assert window.ids == ("b", "c")
    window.arrived(["a"])
    assert window.unsettled() == (("a",), {})


def test_a_lost_connection_takes_what_was_under_way_and_nothing_else() -> None:
    """What had arrived is still to be marked."""
    window = Window()
    window.published("a", 10, None)
    window.published("b", 10, None)
    window.arrived(["a"])
    assert window.lost() is None
    assert window.ids == ("a",)
    assert not window.cautious


def _lose(window: Window, item_id: str, size_bytes: int = LARGE) -> str | None:
    window.published(item_id, size_bytes, None)
    return window.lost()


def test_a_large_item_that_the_broker_always_hangs_up_on_is_found() -> None:
    """It is singled out first: only losses with it alone under way are held against it."""
    window = Window()
    for _ in range(10):
        window.published("large", LARGE, None)
        window.published("other", 10, None)
        assert window.lost() is None
        assert window.cautious
    assert [_lose(window, "large") for _ in range(SUSPECT_LOSSES)] == [None] * (SUSPECT_LOSSES - 1) + ["large"]


@pytest.mark.parametrize("clears", ["small", "another", "taken"])
def test_an_item_is_not_held_to_blame_for_a_bad_line(clears: str) -> None:
    """A small one never is; and neither is one between whose losses another was lost, or that the broker took."""
    window = Window()
    for _ in range(SUSPECT_LOSSES - 1):
        assert _lose(window, "large") is None
    if clears == "small":
        assert _lose(window, "small", 100) is None
    elif clears == "another":
        assert _lose(window, "another") is None
    else:
        window.published("large", LARGE, None)
        window.taken("large")
        assert window.lost() is None
    assert _lose(window, "large") is None


@given(st.floats(min_value=0.1, max_value=10_000), st.lists(st.integers(0, 2_000_000_000), max_size=50))
def test_the_pace_holds_over_any_stretch(per_s: float, pauses_ns: list[int]) -> None:
    """However the time passes, no more go than the rate allows, but a tenth of a second's worth, or one, at once."""
    pace, now_ns, went = Pace(per_s), 10**12, 0
    start_ns = now_ns
    for pause_ns in pauses_ns:
        now_ns += pause_ns
        for _ in range(20):
            if pace.wait_s(now_ns) > 0:
                break
            pace.took(now_ns)
            went += 1
    assert went <= (now_ns - start_ns) / 1e9 * per_s + max(0.1 * per_s, 1) + 1 + 1e-6


def test_the_pace_says_when_the_next_may_go() -> None:
    """And then it may."""
    pace = Pace(2)
    assert pace.wait_s(10**12) == 0
    while pace.wait_s(10**12) == 0:
        pace.took(10**12)
    assert pace.wait_s(10**12) == pytest.approx(0.5)
    assert pace.wait_s(10**12 + 500_000_000) == 0
