"""Which span a report is wanted of. Pure."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from dashboard.report.figures import Span
from dashboard.report.shifts import Shift, last_shift, shift_at, shift_named

LONGEST_DAYS = 400


def span_of_shift(asked: str, now: datetime, starts: Sequence[str], zone: tzinfo) -> Span:
    """The span of `last`, `current` or `2026-11-25/2`; of a shift that is under way, up to now.

    Raises:
        ValueError: if it names no shift, or one that has not begun; the text says what to write.
    """
    if asked == "last":
        return _of(last_shift(now, starts, zone), now)
    if asked == "current":
        return _of(shift_at(now, starts, zone), now)
    shift = shift_named(asked, starts, zone)
    if shift.begin >= now:
        message = f"{asked!r} begins at {shift.begin.astimezone(zone):%Y-%m-%d %H:%M}, which is still to come"
        raise ValueError(message)
    return _of(shift, now)


def span_between(since_ms: int | None, until_ms: int | None, now: datetime) -> Span:
    """The span from one instant (Unix, ms) to another one, or to now.

    Raises:
        ValueError: if there is no beginning, nothing is between them, or more than a report is made for.
    """
    now_ms = _ms(now)
    if since_ms is None:
        message = "--until needs a --since"
        raise ValueError(message)
    end_ms = now_ms if until_ms is None else min(until_ms, now_ms)
    if end_ms <= since_ms:
        message = "nothing is between --since and --until, or all of it is still to come"
        raise ValueError(message)
    if end_ms - since_ms > LONGEST_DAYS * 86_400_000:
        message = f"that is longer than {LONGEST_DAYS} days"
        raise ValueError(message)
    return Span(since_ms, end_ms)


def _of(shift: Shift, now: datetime) -> Span:
    under_way = now < shift.end
    end = now if under_way else shift.end
    begin_ms = _ms(shift.begin)
    return Span(begin_ms, max(begin_ms + 1, _ms(end)), shift.name, under_way=under_way)


def _ms(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
