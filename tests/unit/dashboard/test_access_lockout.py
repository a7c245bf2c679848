"""When a login has to wait, and when a session ends by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access import expiry
from dashboard.access.expiry import Times
from dashboard.access.lockout import FIRST_MS, FORGOTTEN_MS, LONGEST_MS, Failures, after, wait_ms
from dashboard.access.role import Role

NOW_MS = 1_800_000_000_000
HOUR_MS = 3_600_000
LENGTH_MS = 12 * HOUR_MS


@pytest.mark.parametrize(
    ("count", "wait"),
    [(0, 0), (4, 0), (5, 1_000), (6, 2_000), (7, 4_000), (14, 512_000), (15, 900_000), (60, 900_000), (10**6, 900_000)],
)
def test_the_wait_doubles_from_a_second_to_a_quarter_of_an_hour(count: int, wait: int) -> None:
    """The first five failures are free."""
    assert wait_ms(Failures(count, NOW_MS), 5, NOW_MS) == wait


def test_the_wait_runs_out() -> None:
    """Half of it later half is left, and at its end the next attempt may come."""
    failures = Failures(6, NOW_MS)
    assert wait_ms(failures, 5, NOW_MS + 1_000) == 1_000
    assert wait_ms(failures, 5, NOW_MS + 2_000) == 0


def test_failures_are_forgotten() -> None:
    """After an hour without one, counting begins anew."""
    failures = Failures(30, NOW_MS)
    assert after(failures, NOW_MS + FORGOTTEN_MS - 1).count == 31
    assert after(failures, NOW_MS + FORGOTTEN_MS).count == 1
    assert wait_ms(failures, 5, NOW_MS + FORGOTTEN_MS) == 0


@given(st.integers(0, 100), st.integers(0, 2 * NOW_MS), st.integers(0, 2 * NOW_MS))
def test_nobody_waits_longer_than_the_longest(count: int, last_ms: int, now_ms: int) -> None:
    """Also where the wall clock was set back, or forward."""
    assert 0 <= wait_ms(Failures(count, last_ms), 5, now_ms) <= LONGEST_MS


@given(st.lists(st.integers(0, LONGEST_MS), min_size=6, max_size=40))
def test_who_goes_on_guessing_waits_ever_longer(pauses_ms: list[int]) -> None:
    """Each failure makes the next wait at least as long, up to the longest."""
    failures, now_ms, before = Failures(), NOW_MS, 0
    for pause_ms in pauses_ms:
        now_ms += pause_ms
        failures = after(failures, now_ms)
        wait = wait_ms(failures, 5, now_ms)
        assert wait >= before
        before = wait
    assert before >= FIRST_MS


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.TECHNICIAN])
def test_a_session_ends_at_its_latest_end(role: Role) -> None:
    """However busy its person is."""
    times = Times(NOW_MS, NOW_MS + LENGTH_MS - 1, NOW_MS + LENGTH_MS)
    assert not expiry.has_ended(times, role, NOW_MS + LENGTH_MS - 1)
    assert expiry.has_ended(times, role, NOW_MS + LENGTH_MS)


def test_only_a_technicians_session_ends_by_idleness() -> None:
    """An operator's panel shows the line for the whole shift, and nobody touches it."""
    times = Times(NOW_MS, NOW_MS, NOW_MS + LENGTH_MS)
    assert not expiry.has_ended(times, Role.TECHNICIAN, NOW_MS + expiry.IDLE_MS - 1)
    assert expiry.has_ended(times, Role.TECHNICIAN, NOW_MS + expiry.IDLE_MS)
    assert not expiry.has_ended(times, Role.OPERATOR, NOW_MS + expiry.IDLE_MS)


def test_a_session_from_the_future_is_none() -> None:
    """The clock was wrong when it was opened: how long it has been open, nobody knows."""
    times = Times(NOW_MS, NOW_MS, NOW_MS + LENGTH_MS)
    assert not expiry.has_ended(times, Role.VIEWER, NOW_MS - expiry.CLOCK_MS)
    assert expiry.has_ended(times, Role.VIEWER, NOW_MS - expiry.CLOCK_MS - 1)


def test_activity_is_written_once_a_minute() -> None:
    """Neither each click, nor never again once the clock was set back."""
    times = Times(NOW_MS, NOW_MS, NOW_MS + LENGTH_MS)
    assert not expiry.is_to_be_touched(times, NOW_MS + 59_999)
    assert expiry.is_to_be_touched(times, NOW_MS + 60_000)
    assert expiry.is_to_be_touched(times, NOW_MS - 60_000)
