"""One workload measured: bare loop and station in turns, so that what else the machine does meets both."""

import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.bare import BareLoop
from bench.cores import rate_on_all_cores
from bench.figures import Beside, RateSearch, Spread, beside, budget, by_stage, keeps_up, spread
from bench.others import Others
from bench.page import PageFound
from bench.plc import Answer, Plc
from bench.record import Burst, Search
from bench.running import RunningStation, cpu_of, rss_of
from bench.workload import Workload
from okko.contracts import Percentiles
from okko.stats import percentiles

SECONDS = {4: 5.0, 10: 7.0, 100: 3.0, 120: 3.0}
"""How long one repeat of a latency measurement takes at a rate, for each of the two."""

LEAD_IN_S = 0.3
"""How long the line has run before its items are counted, of each of the two: both have rested while the other ran,
and the first parts after a rest are slow at any rate."""

STEP_S = 3.0
BARE_RATE_S = 2.0
IDLE_S = 5.0
BEHIND_MS = 100.0
"""A step is not held when the median of its last quarter is above this: a tenth of the deadline."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Trigger to verdict as the PLC sees it, beside the bare loop at the same pace; medians over the repeats."""

    name: str
    rate: float
    items: int
    without_evidence: int
    unrecorded: int
    p50: Beside
    p99: Beside
    exposure_p99: Spread
    budget: dict[str, Percentiles]
    bare_budget: dict[str, Percentiles]
    cpu_ms_per_item: dict[str, float]
    others_cores: float


@dataclass(frozen=True, slots=True)
class Step:
    """One try of the search for the sustained rate."""

    rate: float
    held: bool
    why: str
    others_cores: float


@dataclass(frozen=True, slots=True)
class Sustained:
    """The highest rate at which every item had its verdict on evidence, in time, and was recorded with its frame."""

    name: str
    rate: Spread
    bare_rate: Spread
    """Of bare loops, one on each core."""
    steps: list[Step]
    others_cores: float


@dataclass(slots=True)
class Processes:
    """What a workload's agents need: start to ready in s, memory in bytes, and processor share while idle."""

    name: str
    start_s: float
    rss_at_start: dict[str, int]
    rss_at_end: dict[str, int] = field(default_factory=dict)
    idle_cpu_percent: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Results:
    """All that a run of the benchmarks has found."""

    latency: list[Latency] = field(default_factory=list)
    sustained: list[Sustained] = field(default_factory=list)
    processes: list[Processes] = field(default_factory=list)
    bursts: list[Burst] = field(default_factory=list)
    searches: list[Search] = field(default_factory=list)
    pages: list[PageFound] = field(default_factory=list)


class Measurement:
    """One workload, its bare loop and its station, both ready.

    After `end_s` (monotonic) the search for the sustained rate is not begun again: it has no length of its own.
    """

    def __init__(self, workload: Workload, station: RunningStation, folder: Path, repeats: int, end_s: float) -> None:
        self._workload = workload
        self._station = station
        self._repeats = repeats
        self._end_s = end_s
        self._folder = folder
        self._bare = BareLoop(folder)
        self._plc = Plc(station.host, station.port, station.base)
        self._processes = station.processes(self._plc.agents)

    def run(self, wanted: set[str], results: Results) -> None:
        """Measure what is wanted of this workload."""
        name = self._workload.name
        found = Processes(name, round(self._station.start_s, 2), rss_of(self._processes))
        results.processes.append(found)
        self._bare.paced(20, 50)
        self._plc.play(30, 20)  # first uses of everything
        self._station.recorded(30)
        for rate in self._workload.rates:
            if f"{name}-{rate}" in wanted:
                _say(f"{name}: trigger to verdict at {rate}/s")
                results.latency.append(self._latency(rate))
        if f"{name}-sustained" in wanted and self._workload.start_rate is not None:
            _say(f"{name}: items/s sustained")
            results.sustained.append(self._sustained(self._workload.start_rate))
        before = cpu_of(self._processes)
        self._plc.rest(IDLE_S)
        found.idle_cpu_percent = {
            agent: round((after - before[agent]) / IDLE_S * 100, 1) for agent, after in cpu_of(self._processes).items()
        }
        found.rss_at_end = rss_of(self._processes)
        self._plc.close()
        self._bare.close()

    def _latency(self, rate: int) -> Latency:
        count, lead_in = round(rate * SECONDS[rate]), round(rate * LEAD_IN_S)
        played = unrecorded = without_evidence = 0
        ours: list[Percentiles] = []
        bare: list[Percentiles] = []
        exposures: list[float] = []
        answers: list[Answer] = []
        looks: list[dict[str, float]] = []
        cpu = dict.fromkeys(self._processes, 0.0)
        items = []
        others = Others(self._processes.values())
        for _ in range(self._repeats):
            looked = self._bare.paced(lead_in + count, rate)[lead_in:]
            bare.append(percentiles([one["total"] for one in looked]))
            looks += looked
            before = cpu_of(self._processes)
            answered = self._plc.play(lead_in + count, rate)
            recorded = self._station.recorded(lead_in + count)
            played += len(answered)
            unrecorded += len(answered) - len(recorded)
            without_evidence += sum(not answer.on_evidence for answer in answered)
            answered = answered[lead_in:]
            recorded = [item for item in recorded if item["seq"] >= answered[0].seq]
            for agent, after in cpu_of(self._processes).items():
                cpu[agent] += after - before[agent]
            ours.append(percentiles(_latencies(answered)))
            exposures.append(_exposure_p99(recorded, self._workload.cameras))
            answers += answered
            items += recorded
        seen_ms = {answer.seq: answer.latency_ms for answer in answers if answer.latency_ms is not None}
        return Latency(
            name=f"{self._workload.name}-{rate}",
            rate=rate,
            items=len(answers),
            without_evidence=without_evidence,
            unrecorded=unrecorded,
            p50=beside(ours, bare, "p50_ms"),
            p99=beside(ours, bare, "p99_ms"),
            exposure_p99=spread(exposures),
            budget=self._budget(items, seen_ms),
            bare_budget=by_stage(looks),
            cpu_ms_per_item={agent: round(s * 1000 / played, 2) for agent, s in cpu.items()},
            others_cores=others.cores(),
        )

    def _budget(self, items: list[dict[str, Any]], seen_ms: dict[int, float]) -> dict[str, Percentiles]:
        """Of one camera; where there are more, their ways run side by side and sum up to nothing."""
        cameras = self._workload.cameras
        return budget(items, seen_ms, cameras[0], self._bare.model) if len(cameras) == 1 else {}

    def _sustained(self, start_rate: float) -> Sustained:
        rates: list[float] = []
        bare: list[float] = []
        steps: list[Step] = []
        others = Others(self._processes.values())
        for _ in range(self._repeats):
            if rates and time.monotonic() > self._end_s:
                _say(f"  {len(rates)} of {self._repeats} repeats: the time is up")
                break
            bare.append(rate_on_all_cores(self._folder, BARE_RATE_S))
            # A repeat begins a little below what the one before has found: it has the same few steps to go.
            search = RateSearch(rates[-1] * 0.95, factor=1.1) if any(rates) else RateSearch(start_rate)
            while (rate := search.next_rate()) is not None:
                # What else the machine does may spoil a step: a rate has failed when it failed twice.
                tries = [self._step(rate)]
                if not tries[0].held:
                    tries.append(self._step(rate))
                steps += tries
                search.tried(rate, held=tries[-1].held)
            rates.append(search.held)
        return Sustained(
            f"{self._workload.name}-sustained", spread(rates), spread(bare), steps, others_cores=others.cores()
        )

    def _step(self, rate: float) -> Step:
        count = round(rate * STEP_S)
        others = Others(self._processes.values())
        answers = self._plc.play(count, rate)
        recorded = len(self._station.recorded(count))
        reasons = {answer.reason for answer in answers if answer.latency_ms is not None and not answer.on_evidence}
        why = ""
        if any(answer.latency_ms is None for answer in answers):
            why = "no verdict"
        elif reasons:
            why = f"KO with reason {', '.join(sorted(reasons))}"
        elif not keeps_up(_latencies(answers), BEHIND_MS):
            why = f"the last quarter above {BEHIND_MS:g} ms"
        elif recorded < count:
            why = f"{recorded} of {count} recorded"
        others_cores = others.cores()
        _say(f"  {rate:.0f}/s {why or 'held'}; others take {others_cores} cores")
        if why:
            self._plc.rest(1.0)
            self._station.recorded(0)
        return Step(round(rate, 1), not why, why, others_cores)


def _exposure_p99(items: list[dict[str, Any]], cameras: tuple[str, ...]) -> float:
    """Trigger to exposure in ms, over all cameras."""
    return percentiles([item["timings_ms"].get(f"exposure_{cam}", 0.0) for item in items for cam in cameras]).p99_ms


def _latencies(answers: list[Answer]) -> list[float]:
    return [answer.latency_ms for answer in answers if answer.latency_ms is not None]


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text} (load {os.getloadavg()[0]:.1f})", file=sys.stderr, flush=True)
