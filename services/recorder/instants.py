"""Instants as people type them: ISO 8601, or how long ago."""

import re
from datetime import UTC, datetime, timedelta

from recorder.records import unix_ms

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)([smhdw])")


def typed_instant_ms(text: str, now: datetime) -> int:
    """The instant (Unix, ms) that `text` means at `now`: `2026-11-23T02:00Z`, `2026-11-23`, or `2h` for two hours ago.

    Without a zone it is UTC, as everything that okko prints.

    Raises:
        ValueError: if it is neither; the text says what to write.
    """
    text = text.strip()
    try:
        if duration := _DURATION.fullmatch(text):
            return unix_ms(now - timedelta(**{_UNITS[duration[2]]: float(duration[1])}))
        instant = datetime.fromisoformat(text)
        return unix_ms(instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        message = (
            f"{text!r} is no instant; write 2026-11-23T02:00Z, 2026-11-23 (both UTC), or how long ago: 30m, 2h, 7d"
        )
        raise ValueError(message) from error
