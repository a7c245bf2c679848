"""What `[recorder.retention]` comes to on this disk at the present rate, and whether it can hold at all."""

from collections.abc import Iterator
from dataclasses import dataclass

from okko.doctor.finding import Finding, good, note, size_text, warning

SUBJECT = "disk"

_DAY_S = 86_400.0
_SHORT_SPAN_S = 60.0
"""A rate that was seen for less says nothing of a day."""

_LONG_DAYS = 3650.0
_KEEP = "See `[recorder.retention]` in docs/how-to/keep-and-delete.md"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the station file says; None: no bound."""

    max_bytes: int | None
    min_free_percent: float
    rows_days: float | None


@dataclass(frozen=True, slots=True)
class Growth:
    """What is kept, and how it grew over the last `span_s` of recording: images, and the store itself, in bytes."""

    kept_bytes: int
    span_s: float
    images_bytes: int
    rows_bytes: int


def judge(limits: Limits, growth: Growth | None, *, free_bytes: int, total_bytes: int) -> Iterator[Finding]:
    """All that is to be said of the limits, and of when they will be reached."""
    min_free = round(total_bytes * limits.min_free_percent / 100)
    if limits.max_bytes is not None and limits.max_bytes > total_bytes - min_free:
        yield warning(
            SUBJECT,
            f"max_bytes = {size_text(limits.max_bytes)} is more than this disk can hold ({size_text(total_bytes)}, of "
            f"which {size_text(min_free)} are to stay free): it is never reached",
            f"Lower max_bytes under [recorder.retention] below {size_text(total_bytes - min_free)}",
        )
    if limits.max_bytes is None and not limits.min_free_percent:
        yield warning(
            SUBJECT,
            "nothing is ever removed for want of room: on the day the disk is full nothing is recorded any more",
            "Give min_free_percent or max_bytes under [recorder.retention]",
        )
    if growth is None or growth.span_s < _SHORT_SPAN_S:
        yield note(SUBJECT, "too little is recorded yet to tell when the disk will be full")
        return
    yield from _when(limits, growth, free_bytes - min_free)


def _when(limits: Limits, growth: Growth, usable_bytes: int) -> Iterator[Finding]:
    per_day = (growth.images_bytes + growth.rows_bytes) / growth.span_s * _DAY_S
    at_rate = f"at the rate of the last {_span_text(growth.span_s)} of recording ({size_text(per_day)} a day)"
    room_bytes, limit = usable_bytes, "min_free_percent" if limits.min_free_percent else "the disk"
    if limits.max_bytes is not None and limits.max_bytes - growth.kept_bytes < room_bytes:
        room_bytes, limit = limits.max_bytes - growth.kept_bytes, "max_bytes"
    days = max(0.0, room_bytes) / per_day
    if days > _LONG_DAYS:
        yield good(SUBJECT, f"there is room for ten years and more, {at_rate}")
    elif days < 0.1:  # noqa: PLR2004 - a few hours
        yield good(SUBJECT, f"full up to {limit}: the oldest images make room for new ones, {at_rate}")
    else:
        yield good(SUBJECT, f"full up to {limit} in {days:.1f} days, {at_rate}; then the oldest images make room")
    rows_days = max(0, usable_bytes + growth.kept_bytes) / (growth.rows_bytes / growth.span_s * _DAY_S or 1)
    if rows_days < (limits.rows_days or 365.0):
        yield warning(
            SUBJECT,
            f"the items alone, without any image, fill this disk in {rows_days:.0f} days",
            f"Give a rows_days of {max(1, round(rows_days / 2))} or less. {_KEEP}",
        )


def _span_text(seconds: float) -> str:
    for name, length in (("days", _DAY_S), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {name}"
    return f"{seconds:.0f} s"
