"""What an agent counts and times about itself, in bounded memory."""

import os
import resource
from collections import Counter, deque

from okko.contracts import Percentiles

WINDOW = 512
"""How many of the last durations a percentile is made from."""


class StatsBook:
    """Counters that only grow, durations of the last items by stage, and gauges that hold the present value."""

    def __init__(self) -> None:
        self.counters: Counter[str] = Counter()
        self.gauges: dict[str, float] = {}
        self._stages: dict[str, deque[float]] = {}

    def count(self, name: str, by: int = 1) -> None:
        """Add to a counter."""
        self.counters[name] += by

    def gauge(self, name: str, value: float) -> None:
        """Set a gauge."""
        self.gauges[name] = float(value)  # a bool would travel as `true`, which no reader takes for a number

    def stage(self, name: str, ms: float) -> None:
        """Note one duration of a stage, in milliseconds."""
        if (durations := self._stages.get(name)) is None:
            durations = self._stages[name] = deque(maxlen=WINDOW)
        durations.append(ms)

    def percentiles(self) -> dict[str, Percentiles]:
        """The p50 and p99 of each stage over the last items."""
        return {name: percentiles(durations) for name, durations in self._stages.items() if durations}


def percentiles(durations: "deque[float] | list[float]") -> Percentiles:
    """The p50 and p99 (nearest rank) of some durations in ms."""
    ranked = sorted(durations)
    last = len(ranked) - 1
    return Percentiles(
        p50_ms=round(ranked[round(0.5 * last)], 3), p99_ms=round(ranked[round(0.99 * last)], 3), n=len(ranked)
    )


def rss_bytes() -> int:
    """The resident memory of this process."""
    try:
        with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - read each second: no Path object for it
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
