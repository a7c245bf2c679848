"""Which shift an instant belongs to, where it begins and ends: across midnight, and where clocks are put. Pure.

A shift begins when the clock on the wall first shows its time. Where that time is left out, as in the hour that is
lost in spring, it begins at the end of what is left out; where the clock shows it twice, at the first.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})/([1-9]\d?)")
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_DAYS_AROUND = 2
"""A zone may leave out a whole day, as Samoa did in 2011: one more is looked at on either side."""


@dataclass(frozen=True, slots=True)
class Shift:
    """The `number`th shift, from 1, that begins on this day; `begin` inclusive, `end` not, in UTC."""

    day: date
    number: int
    begin: datetime
    end: datetime

    @property
    def name(self) -> str:
        """As people ask for it: `2026-11-25/2`."""
        return f"{self.day.isoformat()}/{self.number}"

    def holds(self, instant: datetime) -> bool:
        """Whether the instant is of this shift."""
        return self.begin <= instant < self.end


def shifts_of(day: date, starts: Sequence[str], zone: tzinfo) -> list[Shift]:
    """The shifts that begin on a day; `starts` as the station file has them. One that is left out has no length.

    The last one ends with the first of the next day.
    """
    begins = [_begin(day, start, zone) for start in starts]
    ends = [*begins[1:], _begin(day + _DAY, starts[0], zone)]
    return [
        Shift(day, number, begin, end) for number, (begin, end) in enumerate(zip(begins, ends, strict=True), start=1)
    ]


def shift_at(instant: datetime, starts: Sequence[str], zone: tzinfo) -> Shift:
    """The one shift that an instant (with its zone) belongs to."""
    return next(shift for shift in _around(instant, starts, zone) if shift.holds(instant))


def last_shift(now: datetime, starts: Sequence[str], zone: tzinfo) -> Shift:
    """The shift that ended last."""
    begun = shift_at(now, starts, zone).begin
    return next(shift for shift in _around(now, starts, zone) if shift.end == begun and shift.begin < begun)


def shift_named(name: str, starts: Sequence[str], zone: tzinfo) -> Shift:
    """The shift of that name, `2026-11-25/2`.

    Raises:
        ValueError: if it names none; the text says what to write.
    """
    match = _NAME.fullmatch(name)
    try:
        day = date.fromisoformat(match[1]) if match else None
    except ValueError:
        day = None
    if match is None or day is None or not date.min + _DAY * 3 < day < date.max - _DAY * 3:
        message = f"{name!r} names no shift; write last, current, or a day and the number of a shift that begins on it"
        raise ValueError(f"{message}: 2026-11-25/2")
    if (number := int(match[2])) > len(starts):
        message = f"{name!r}: {len(starts)} shifts begin on a day, at {', '.join(starts)}"
        raise ValueError(message)
    return shifts_of(day, starts, zone)[number - 1]


def _around(instant: datetime, starts: Sequence[str], zone: tzinfo) -> Iterator[Shift]:
    today = instant.astimezone(zone).date()
    for days in range(-_DAYS_AROUND, _DAYS_AROUND + 1):
        yield from shifts_of(today + days * _DAY, starts, zone)


def _begin(day: date, start: str, zone: tzinfo) -> datetime:
    """The first instant at which the clock shows this time of this day, or has passed it."""
    wall = datetime.combine(day, time.fromisoformat(start))
    shown = wall.replace(tzinfo=zone).astimezone(UTC)
    if shown.astimezone(zone).replace(tzinfo=None) == wall:
        return shown
    # Left out: it was put forward between what either offset makes of it.
    late, early = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    while late - early > _SECOND:
        middle = early + (late - early) // 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)
