"""The arithmetic of the benchmarks: repeats to medians and spreads, items' own timings to a budget. No I/O."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from okko.contracts import Percentiles
from okko.stats import percentiles


@dataclass(frozen=True, slots=True)
class Spread:
    """What several repeats of one measurement gave: the median, the least and the greatest."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.1f} ({self.low:.1f}-{self.high:.1f})"


def spread(values: Sequence[float]) -> Spread:
    """Several repeats as one figure; `values` must not be empty."""
    return Spread(round(median(values), 3), round(min(values), 3), round(max(values), 3))


@dataclass(frozen=True, slots=True)
class Beside:
    """One percentile of the station beside the same of the bare loop, in ms."""

    ours: Spread
    bare: Spread

    @property
    def ratio(self) -> float:
        """How many times the bare loop's."""
        return self.ours.median / self.bare.median if self.bare.median else 0.0

    @property
    def more_ms(self) -> float:
        """How much above the bare loop's."""
        return self.ours.median - self.bare.median


def beside(ours: Sequence[Percentiles], bare: Sequence[Percentiles], which: str) -> Beside:
    """`which` is `p50_ms` or `p99_ms`; both sequences hold one entry for each repeat."""
    return Beside(*(spread([getattr(one, which) for one in repeats]) for repeats in (ours, bare)))


IN_FRAME = ("wait", "decode", "preprocess", "invoke", "postprocess")
IN_CAMERA = ("encode", "hash")


def budget_of(timings_ms: Mapping[str, float], seen_ms: float, camera: str, model: str) -> dict[str, float]:
    """One item's way from trigger to verdict, cut into stages that sum up to `seen_ms`, what the PLC saw.

    A frame is dated by the begin of its exposure, so `expose` is what the source then took to have the picture.
    `back` is what is left between the end of the model's work and the decision agent: thread, wire, reading.
    """
    of = {name: timings_ms.get(f"{name}_{camera}_{model}", 0.0) for name in ("expose", *IN_CAMERA, "wire", *IN_FRAME)}
    exposure = timings_ms.get(f"exposure_{camera}", 0.0)
    stages = {"exposure": exposure, **of}
    stages["back"] = timings_ms.get("predicted", 0.0) - exposure - sum(of.values())
    stages["decide"] = timings_ms["total"] - timings_ms.get("predicted", 0.0)
    stages["plc"] = seen_ms - timings_ms["total"]
    return stages


STAGES = ("exposure", "expose", *IN_CAMERA, "wire", *IN_FRAME, "back", "decide", "plc")


def budget(
    items: Iterable[Mapping[str, Any]], seen_ms: Mapping[int, float], camera: str, model: str
) -> dict[str, Percentiles]:
    """The p50 and p99 of each stage by one camera, over the items decided on evidence, as the PLC saw them."""
    cut = [
        budget_of(item["timings_ms"], seen_ms[item["seq"]], camera, model)
        for item in items
        if item["seq"] in seen_ms and item["reason"] == "rules"
    ]
    return {stage: percentiles([one[stage] for one in cut]) for stage in STAGES} if cut else {}


def by_stage(timings_ms: Sequence[Mapping[str, float]]) -> dict[str, Percentiles]:
    """The p50 and p99 of each stage of the bare loop."""
    return {stage: percentiles([one[stage] for one in timings_ms]) for stage in timings_ms[0]} if timings_ms else {}


def keeps_up(latencies_ms: Sequence[float], limit_ms: float) -> bool:
    """Whether the last quarter of some items still came soon enough: a backlog that grows is no sustained rate."""
    last = latencies_ms[-max(1, len(latencies_ms) // 4) :]
    return bool(last) and median(last) <= limit_ms


LEAST_RATE = 1.0
"""Items/s below which the search gives up: something else is wrong."""


@dataclass(slots=True)
class RateSearch:
    """The highest rate that holds: doubled by less and less, then halved between what held and what did not.

    Ask `next_rate` for what to try, say with `tried` whether it held; over when the two are within `precision`.
    """

    start: float
    factor: float = 1.4
    precision: float = 0.08
    held: float = 0.0
    failed: float | None = None

    def next_rate(self) -> float | None:
        """The rate to try now, in items/s, or None when it is known well enough."""
        if self.failed is None:
            return self.held * self.factor if self.held else self.start
        if self.failed < LEAST_RATE:
            return None
        if self.failed - self.held <= self.precision * self.failed:
            return None
        return (self.held + self.failed) / 2 if self.held else self.failed / self.factor

    def tried(self, rate: float, *, held: bool) -> None:
        """Note how a rate went."""
        if held:
            self.held = rate
        else:
            self.failed = rate
