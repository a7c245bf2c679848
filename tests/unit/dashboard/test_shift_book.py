"""The shift on the live page: from the record before, then as verdicts come; a new one begins from nothing."""

from datetime import UTC, datetime

import pytest

from dashboard.live.shift import ShiftBook, began_at
from watched import verdict

STARTS = ("06:00", "14:00", "22:00")


@pytest.mark.parametrize(
    ("now", "began"),
    [
        ("2026-11-25T06:00:00", "2026-11-25T06:00:00"),
        ("2026-11-25T13:59:59", "2026-11-25T06:00:00"),
        ("2026-11-25T23:30:00", "2026-11-25T22:00:00"),
        ("2026-11-26T05:59:00", "2026-11-25T22:00:00"),
    ],
)
def test_a_shift_began_at_the_last_start_before_now(now: str, began: str) -> None:
    """Across midnight it is yesterday's last."""
    assert began_at(datetime.fromisoformat(now), STARTS) == datetime.fromisoformat(began)


def test_a_shift_is_what_the_record_had_and_what_came_since() -> None:
    """Golden parts are neither yield nor product."""
    book = ShiftBook(STARTS, lambda: datetime(2026, 11, 25, 15, tzinfo=UTC))
    book.before(ok=10, ko=2, golden=1)
    book.add(verdict(1, "OK"))
    book.add(verdict(2, "KO"))
    shown = book.shown()
    assert (shown.total, shown.ok, shown.ko, shown.golden) == (14, 11, 3, 1)


def test_a_new_shift_begins_from_nothing() -> None:
    """Also without any part: the page must not show the old one at its start."""
    now = [datetime(2026, 11, 25, 13, 59, tzinfo=UTC)]
    book = ShiftBook(STARTS, lambda: now[0])
    book.before(ok=10, ko=2, golden=0)
    book.add(verdict(1, "KO"))
    now[0] = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
    assert book.shown().total == 0
    assert book.since_ms == round(now[0].timestamp() * 1000)
