"""The present instant, as the store of people keeps instants."""

from okko import clock


def now_ms() -> int:
    """The wall clock (Unix, ms), not a boot's own: a session outlives the boot in which it began."""
    return clock.unix_ns() // 1_000_000
