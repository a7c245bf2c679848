"""Whether a grabbed frame was exposed after the request: pure, since a stale buffer shows another part.

A driver fills its buffers whether anyone asks or not. What it hands out next may be as old as the last time that
somebody took a frame.
"""

from dataclasses import dataclass

_MAX_AGE_NS = 10_000_000_000
_AHEAD_NS = 1_000_000
_ON_THEIR_WAY = 2


@dataclass(frozen=True, slots=True)
class Grab:
    """One frame taken from the driver: when it was asked for and given, and the driver's own stamp (ms; 0: none)."""

    began_ns: int
    ended_ns: int
    stamp_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Freshness:
    """What is known of a camera: how long it exposes at most, how many frames its driver may hold back."""

    exposure_us: float
    buffers: int

    def exposed_at_ns(self, grab: Grab) -> int | None:
        """When the exposure began (CLOCK_MONOTONIC), or None where the stamp is of no use.

        A stamp is of use if it can be of this clock: drivers may stamp with the wall clock, with a time of their
        own, or not at all. It tells when the frame was complete, or its transfer began: its exposure was before.
        """
        stamp_ns = round(grab.stamp_ms * 1e6)
        if stamp_ns <= 0 or not -_AHEAD_NS <= grab.ended_ns - stamp_ns <= _MAX_AGE_NS:
            return None
        return stamp_ns - round(self.exposure_us * 1e3)

    def is_fresh(self, grab: Grab, requested_ns: int, begun_since: int) -> bool:
        """Whether the frame was exposed after the request.

        Without a stamp that tells, as many frames are passed over as the driver may have held at the request, and the
        two that were on their way: one being read out while the next was exposed already. `begun_since` counts the
        frames that were asked for since the request, this one included.
        """
        exposed_ns = self.exposed_at_ns(grab)
        if exposed_ns is not None:
            return exposed_ns >= requested_ns
        return begun_since > self.buffers + _ON_THEIR_WAY
