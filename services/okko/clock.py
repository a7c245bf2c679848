"""The clocks: monotonic for every decision, wall time for people and records only."""

import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def mono_ns() -> int:
    """CLOCK_MONOTONIC in nanoseconds: comparable across the processes of one boot of one machine."""
    return time.monotonic_ns()


@cache
def boot_id() -> str:
    """The id of this boot of this machine: monotonic instants compare only where it is equal."""
    return _BOOT_ID.read_text().strip()


def utc_now() -> str:
    """The present instant as ISO 8601 text in UTC with milliseconds."""
    return utc_text(time.time_ns())


def utc_text(unix_ns: int) -> str:
    """An instant (Unix, ns) as ISO 8601 text: `2026-11-23T02:19:57.123Z`."""
    seconds, nanoseconds = divmod(unix_ns, 1_000_000_000)
    stamp = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{stamp}.{nanoseconds // 1_000_000:03d}Z"


def parse_utc(text: str) -> datetime:
    """The instant that ISO 8601 text names.

    Raises:
        ValueError: if it is no instant, or has no time zone.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        message = f"{text!r} has no time zone; write it as 2026-11-23T02:19:57.123Z"
        raise ValueError(message)
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        message = f"{text!r} lies outside the years 1 to 9999"
        raise ValueError(message) from error


def unix_ns() -> int:
    """The wall clock in nanoseconds (Unix): for people and records, never for a decision."""
    return time.time_ns()
