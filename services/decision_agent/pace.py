"""How fast the station finishes items that queue: what admission is judged by. Pure."""

QUEUE = 4
"""With fewer items than this in flight, verdicts come as fast as triggers do: that says nothing about the station."""

_WEIGHT = 0.1


class Pace:
    """The time between two verdicts while items queue, smoothed."""

    def __init__(self) -> None:
        self._interval_ns: float | None = None
        self._last_done_ns: int | None = None

    def done(self, mono_ns: int, still_in_flight: int) -> None:
        """An item was decided on its evidence."""
        if self._last_done_ns is not None:
            interval = mono_ns - self._last_done_ns
            before = self._interval_ns if self._interval_ns is not None else interval
            self._interval_ns = before + _WEIGHT * (interval - before)
        self._last_done_ns = mono_ns if still_in_flight >= QUEUE else None

    def interrupted(self) -> None:
        """An item ran out of time: how long it had lain there says nothing about the pace of those after it.

        So no interval is longer than a deadline, and some items are always admitted: were there none, the pace could
        never be measured again.
        """
        self._last_done_ns = None

    def expected_wait_ns(self, in_flight: int) -> float:
        """How long a trigger that comes now would take, by the pace of the last items.

        Up to a queue's length nothing is refused: only a queue shows whether the station has become faster again.
        """
        return (self._interval_ns or 0.0) * in_flight if in_flight > QUEUE else 0.0
