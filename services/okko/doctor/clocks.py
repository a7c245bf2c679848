"""The clocks: okko decides by monotonic time alone, but records, certificates and people go by the wall clock."""

import ctypes
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from okko import clock
from okko import contracts as c
from okko.doctor.finding import Finding, good, note, warning

SUBJECT = "clocks"

BUILT_YEAR = 2026
"""No box runs this version before it was written."""

_APART_S = 5.0
_TIME_ERROR = 5
_STA_UNSYNC = 0x40
_NTP = "Let it set its clock: `timedatectl set-ntp true`, with a time server that it reaches"


@dataclass(frozen=True, slots=True)
class ClockSeen:
    """`synchronised` None: the kernel does not tell."""

    unix_s: float
    synchronised: bool | None


def look() -> ClockSeen:
    """The clock of this machine."""
    return ClockSeen(time.time(), _synchronised())


def judge(seen: ClockSeen, stats: Mapping[str, c.Stats], live: frozenset[str]) -> Iterator[Finding]:
    """`stats` of the agents in `live` came within the last seconds, so that their `at` is about now."""
    year = datetime.fromtimestamp(seen.unix_s, UTC).year
    if year < BUILT_YEAR:
        yield warning(
            SUBJECT,
            f"this machine believes it is {year}: records carry wrong times, and certificates are refused",
            f"{_NTP}; a box without a network wants a battery for its clock",
        )
    if seen.synchronised is None:
        yield note(SUBJECT, "whether NTP keeps the clock right is not to be seen here")
    elif seen.synchronised:
        yield good(SUBJECT, "the clock is kept right by NTP")
    else:
        yield note(
            SUBJECT,
            "the clock is not kept right by NTP: verdicts do not depend on it, times in records drift",
            _NTP,
        )
    for name in sorted(live & stats.keys()):
        apart_s = _apart_s(stats[name].at, seen.unix_s)
        if apart_s is not None and abs(apart_s) > _APART_S:
            yield warning(
                SUBJECT,
                f"{name} is {abs(apart_s):.0f} s {'ahead' if apart_s > 0 else 'behind'} of this machine",
                "Set the clock of the machine that is wrong; both by the same time server",
            )


def _apart_s(at: str, unix_s: float) -> float | None:
    try:
        return clock.parse_utc(at).timestamp() - unix_s
    except ValueError:
        return None


class _Timex(ctypes.Structure):
    """The beginning of the kernel's `struct timex`, with room for all of it (adjtimex(2))."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def _synchronised() -> bool | None:
    timex = _Timex()  # modes 0: only ask
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    except (AttributeError, OSError):
        return None
    return None if state < 0 else state != _TIME_ERROR and not timex.status & _STA_UNSYNC
