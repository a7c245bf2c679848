"""When a session ends by itself."""

from dataclasses import dataclass

from dashboard.access.role import Role

IDLE_MS = 30 * 60 * 1_000
"""For a technician: a panel that was left open at the machine is anybody's. Who may only look or trigger stays."""

CLOCK_MS = 5 * 60 * 1_000
"""A session from further ahead than this was opened by a clock that was wrong."""

TOUCH_MS = 60 * 1_000
"""How much time passes until `seen_ms` is written again: an SD card is no place for each click. So idleness may end
a session a minute early."""


@dataclass(frozen=True, slots=True)
class Times:
    """When a session was opened, when its person last did something, and when it ends at the latest (Unix ms)."""

    created_ms: int
    seen_ms: int
    expires_ms: int


def has_ended(times: Times, role: Role, now_ms: int) -> bool:
    """Whether a session is over by now."""
    if now_ms >= times.expires_ms or now_ms < times.created_ms - CLOCK_MS:
        return True
    return role >= Role.TECHNICIAN and now_ms - times.seen_ms >= IDLE_MS


def is_to_be_touched(times: Times, now_ms: int) -> bool:
    """Whether an activity now is worth to be written."""
    return abs(now_ms - times.seen_ms) >= TOUCH_MS


def seconds_left(expires_ms: int, now_ms: int) -> int:
    """How long a browser is to keep the cookie."""
    return max(0, (expires_ms - now_ms) // 1000)
