"""Where the time of an item goes, from trigger to verdict: pure."""

from collections import deque
from collections.abc import Mapping

from okko import contracts as c
from okko.stats import percentiles
from okko.watch.words import STAGES

WINDOW = 256
"""Of how many items the percentiles are made."""

_PARTS: Mapping[str, tuple[str, ...]] = {"encode": ("encode", "hash"), "postprocess": ("postprocess", "quality")}


def stages_of(item: c.Item) -> dict[str, float]:
    """The ms of each stage of an item, on the way of the prediction that took longest; empty without a prediction.

    `decide` is what is left of the whole: the way to the decision agent, its rules, and waiting for other cameras.
    """
    ways = [way for prediction in item.predictions if (way := way_of(item, prediction))]
    if not ways:
        return {}
    way = max(ways, key=lambda stages: sum(stages.values()))
    return {**way, "decide": max(0.0, item.latency_ms - sum(way.values()))}


def way_of(item: c.Item, prediction: c.Prediction) -> dict[str, float]:
    """The ms of each stage on the way of one prediction, in order; empty where it came to nothing."""
    exposed = item.timings_ms.get(f"exposure_{prediction.camera}")
    if exposed is None or prediction.error is not None:
        return {}
    taken = prediction.timings_ms
    stages = {"capture": exposed}
    for stage in STAGES:
        parts = [taken[name] for name in _PARTS.get(stage, (stage,)) if name in taken]
        if parts and stage not in stages:
            stages[stage] = sum(parts)
    return {stage: max(0.0, ms) for stage, ms in stages.items()}


class StageBook:
    """The stages of the last items, in bounded memory."""

    def __init__(self) -> None:
        self._ms: dict[str, deque[float]] = {stage: deque(maxlen=WINDOW) for stage in STAGES}

    def add(self, item: c.Item) -> None:
        """Note the stages of an item."""
        for stage, ms in stages_of(item).items():
            self._ms[stage].append(ms)

    def percentiles(self) -> dict[str, c.Percentiles]:
        """The p50 and p99 of each stage that was seen, in order."""
        return {stage: percentiles(durations) for stage, durations in self._ms.items() if durations}
