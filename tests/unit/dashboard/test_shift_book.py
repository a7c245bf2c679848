"""The shift on the live page: from the record before, then as verdicts come; a new one begins from nothing."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from dashboard.live.shift import ShiftBook
from watched import verdict

STARTS = ("06:00", "14:00", "22:00")


def test_a_shift_is_what_the_record_had_and_what_came_since() -> None:
    """Golden parts are neither yield nor product."""
    book = ShiftBook(STARTS, UTC, lambda: datetime(2026, 11, 25, 15, tzinfo=UTC))
    book.before(ok=10, ko=2, golden=1)
    book.add(verdict(1, "OK"))
    book.add(verdict(2, "KO"))
    shown = book.shown()
    assert (shown.total, shown.ok, shown.ko, shown.golden) == (14, 11, 3, 1)


def test_a_new_shift_begins_from_nothing() -> None:
    """Also without any part: the page must not show the old one at its start."""
    now = [datetime(2026, 11, 25, 13, 59, tzinfo=UTC)]
    book = ShiftBook(STARTS, UTC, lambda: now[0])
    book.before(ok=10, ko=2, golden=0)
    book.add(verdict(1, "KO"))
    now[0] = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
    assert book.shown().total == 0
    assert book.since_ms == round(now[0].timestamp() * 1000)


def test_a_night_in_which_clocks_are_put_is_one_shift() -> None:
    """It began when the clock on the wall showed 22:00, whatever the hour is called by now."""
    now = [datetime(2026, 10, 25, 3, 0, tzinfo=UTC)]
    book = ShiftBook(STARTS, ZoneInfo("Europe/Madrid"), lambda: now[0])
    began = book.since_ms
    assert began == round(datetime(2026, 10, 24, 20, 0, tzinfo=UTC).timestamp() * 1000)
    now[0] = datetime(2026, 10, 25, 4, 59, tzinfo=UTC)
    book.shown()
    assert book.since_ms == began
    now[0] = datetime(2026, 10, 25, 5, 0, tzinfo=UTC)
    book.shown()
    assert book.since_ms == round(now[0].timestamp() * 1000)
