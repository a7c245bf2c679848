"""Instants as pages show them: the local time of the box, which is that of the line."""

from datetime import datetime

from okko.clock import parse_utc


def local_text(unix_ms: int) -> str:
    """`2026-11-25 22:29:25`."""
    return datetime.fromtimestamp(unix_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def local_of(instant: str) -> str:
    """The same of ISO 8601 text.

    Raises:
        ValueError: if it is none.
    """
    return local_text(round(parse_utc(instant).timestamp() * 1000))
