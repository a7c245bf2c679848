"""How long a login waits after failures: free for a few, then one second, doubled with each to a quarter of an hour."""

from dataclasses import dataclass

FREE = {"name": 5, "address": 20}
"""Failures that cost nothing. More for an address: a shift shares a panel, a plant may share a proxy."""

FIRST_MS = 1_000
LONGEST_MS = 15 * 60 * 1_000
FORGOTTEN_MS = 60 * 60 * 1_000
"""Without another failure for an hour, all are forgotten."""


@dataclass(frozen=True, slots=True)
class Failures:
    """How often it failed in a row for one name or one address, and when it did last (Unix ms)."""

    count: int = 0
    last_ms: int = 0


def after(failures: Failures, now_ms: int) -> Failures:
    """The failures with one more, now."""
    count = 0 if _are_forgotten(failures, now_ms) else failures.count
    return Failures(count + 1, now_ms)


def wait_ms(failures: Failures, free: int, now_ms: int) -> int:
    """How long the next attempt has to wait from now on; 0: it may come."""
    over = failures.count - free
    if over < 0 or _are_forgotten(failures, now_ms):
        return 0
    whole = min(FIRST_MS << min(over, 32), LONGEST_MS)
    # A wall clock that was set back must not make the wait longer than it ever is.
    return max(0, min(whole, failures.last_ms + whole - now_ms))


def _are_forgotten(failures: Failures, now_ms: int) -> bool:
    return now_ms - failures.last_ms >= FORGOTTEN_MS
