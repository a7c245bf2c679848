"""Shifts: each instant is of exactly one, whatever the clocks do."""

import itertools
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.report.shifts import last_shift, shift_at, shift_named, shifts_of
from dashboard.report.zone import local_zone
from okko.errors import ConfigError

THREE = ("06:00", "14:00", "22:00")
MADRID, SAMOA = ZoneInfo("Europe/Madrid"), ZoneInfo("Pacific/Apia")
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Madrid", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")]
times = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
starts = st.sets(times, min_size=1, max_size=6).map(sorted).map(tuple)
instants = st.datetimes(datetime(1975, 1, 1), datetime(2036, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


def local(*parts: int, fold: int = 0) -> datetime:
    """An instant as the clock in Madrid shows it."""
    return datetime(*parts, tzinfo=MADRID, fold=fold)  # type: ignore[arg-type, misc]


@given(instants, starts, st.sampled_from(ZONES))
def test_an_instant_is_of_one_shift(instant: datetime, begins: tuple[str, ...], zone: ZoneInfo) -> None:
    """It lies in it, and the name leads back to it."""
    shift = shift_at(instant, begins, zone)
    assert shift.begin <= instant < shift.end
    assert shift_named(shift.name, begins, zone) == shift


@given(instants, starts, st.sampled_from(ZONES))
def test_shifts_follow_each_other_without_a_gap(instant: datetime, begins: tuple[str, ...], zone: ZoneInfo) -> None:
    """Where one ends the next begins, and none ends before it begins."""
    day = instant.date()
    found = [shift for days in range(4) for shift in shifts_of(day + timedelta(days=days), begins, zone)]
    for before, after in itertools.pairwise(found):
        assert before.begin <= before.end == after.begin
    before = last_shift(instant, begins, zone)
    assert before.begin < before.end == shift_at(instant, begins, zone).begin


def test_a_night_shift_is_of_the_day_it_begins_on() -> None:
    """From 22:00 to 06:00 of the next day."""
    shift = shift_at(local(2026, 11, 26, 3, 0), THREE, MADRID)
    assert shift.name == "2026-11-25/3"
    assert (shift.begin, shift.end) == (local(2026, 11, 25, 22, 0), local(2026, 11, 26, 6, 0))
    assert shift_at(local(2026, 11, 26, 6, 0), THREE, MADRID).name == "2026-11-26/1"
    assert last_shift(local(2026, 11, 26, 6, 0), THREE, MADRID) == shift


@pytest.mark.parametrize(("day", "hours"), [(28, 7), (27, 8), (29, 8)])
def test_the_night_that_is_an_hour_short(day: int, hours: int) -> None:
    """In spring: 2026-03-29 02:00 is 03:00 in Madrid."""
    shift = shift_named(f"2026-03-{day}/3", THREE, MADRID)
    assert shift.end - shift.begin == timedelta(hours=hours)


def test_the_night_that_is_an_hour_long() -> None:
    """In autumn: 2026-10-25 03:00 is 02:00 in Madrid."""
    shift = shift_named("2026-10-24/3", THREE, MADRID)
    assert shift.end - shift.begin == timedelta(hours=9)


def test_a_shift_that_begins_in_the_hour_that_is_left_out() -> None:
    """At its end; what would end within it too has no length."""
    begins = ("02:15", "02:45", "03:30")
    first, second, third = shifts_of(date(2026, 3, 29), begins, MADRID)
    assert first.begin == first.end == second.begin == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert third.begin == local(2026, 3, 29, 3, 30)
    assert shift_at(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), begins, MADRID) == second


def test_a_shift_that_begins_in_the_hour_that_comes_twice() -> None:
    """When the clock shows it first."""
    shift = shift_named("2026-10-25/1", ("02:30", "10:00"), MADRID)
    assert shift.begin == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert shift_at(local(2026, 10, 25, 2, 30, fold=1), ("02:30", "10:00"), MADRID) == shift


def test_a_day_that_was_left_out() -> None:
    """2011-12-30 was none in Samoa."""
    assert {shift.begin for shift in shifts_of(date(2011, 12, 30), THREE, SAMOA)} == {
        datetime(2011, 12, 30, 10, 0, tzinfo=UTC)
    }


@pytest.mark.parametrize(
    "name", ["", "yesterday", "2026-11-25", "2026-11-25/0", "2026-02-30/1", "0001-01-01/1", "25/1"]
)
def test_what_names_no_shift_says_what_does(name: str) -> None:
    """A day and a number."""
    with pytest.raises(ValueError, match="2026-11-25/2"):
        shift_named(name, THREE, UTC)


def test_a_number_beyond_the_shifts_of_a_day() -> None:
    """It says which there are."""
    with pytest.raises(ValueError, match="3 shifts begin on a day, at 06:00, 14:00, 22:00"):
        shift_named("2026-11-25/4", THREE, UTC)


def test_the_machines_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TZ goes before /etc/localtime; a machine without either keeps UTC; nonsense is told."""
    monkeypatch.setenv("TZ", "Europe/Madrid")
    assert str(local_zone()) == "Europe/Madrid"
    monkeypatch.setenv("TZ", "Europe/Mordor")
    with pytest.raises(ConfigError, match="'Europe/Mordor' is no time zone that is known here"):
        local_zone()
    monkeypatch.delenv("TZ")
    assert str(local_zone(tmp_path / "none")) == "UTC"
    (tmp_path / "localtime").write_bytes(b"no zone")
    with pytest.raises(ConfigError, match="tzdata"):
        local_zone(tmp_path / "localtime")
