"""Parts without faults: a day of them as fast as they go, or more of them than the station can take."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from soak.brokers import KilledBroker
from soak.disk import Sizes, sizes
from soak.plc import Fate, Plc
from soak.processes import rss_bytes
from soak.station import BASE, SoakStation

IN_FLIGHT = 8
"""How many parts are under way at once where they go as fast as they can."""

SAMPLES = 40


@dataclass(frozen=True, slots=True)
class Sample:
    """The station at one moment, `parts` triggered so far: resident memory by process, what lies on its disk."""

    at_s: float
    parts: int
    rss: dict[str, int]
    sizes: Sizes


def as_fast_as_they_go(
    plc: Plc, station: SoakStation, broker: KilledBroker, count: int, say: Callable[[str], None]
) -> list[Sample]:
    """Trigger a part whenever fewer than `IN_FLIGHT` are under way."""
    began_s = time.monotonic()
    samples = [_sample(station, broker, 0.0, 0)]
    every = max(1, count // SAMPLES)
    for seq in range(1, count + 1):
        while plc.waiting >= IN_FLIGHT:
            plc.run_until(time.monotonic() + 0.001)
        plc.trigger(seq)
        if seq % every == 0:
            samples.append(_sample(station, broker, time.monotonic() - began_s, seq))
            say(f"{seq} of {count} parts, {seq / (time.monotonic() - began_s):.0f}/s")
    wait_for_answers(plc, plc.patience_s * 4)
    return samples


def at_a_rate(plc: Plc, first_seq: int, rate: float, seconds: float) -> list[Fate]:
    """Parts at a fixed rate, whatever comes back, and until all of them are answered."""
    start_s = time.monotonic()
    count = round(rate * seconds)
    for index in range(count):
        plc.run_until(start_s + index / rate)
        plc.trigger(first_seq + index)
    wait_for_answers(plc, plc.patience_s * 4)
    return [plc.fates[seq] for seq in range(first_seq, first_seq + count) if seq in plc.fates]


def wait_for_answers(plc: Plc, patience_s: float) -> None:
    """Until something has been heard of every part, or the patience is over."""
    end_s = time.monotonic() + patience_s
    while plc.waiting and time.monotonic() < end_s:
        plc.run_until(time.monotonic() + 0.05)


def told(fates: Iterable[Fate]) -> dict[str, float]:
    """What became of these parts: how many by reason code, how fast."""
    fates = list(fates)
    figures: dict[str, float] = {"triggers": len(fates), "unanswered": sum(not fate.codes for fate in fates)}
    figures |= {f"reason {code}": n for code, n in sorted(Counter(f.codes[0][1] for f in fates if f.codes).items())}
    latencies = sorted(fate.latency_s for fate in fates if fate.latency_s is not None)
    if latencies:
        figures["p50 ms"] = round(latencies[len(latencies) // 2] * 1e3, 1)
        figures["p99 ms"] = round(latencies[int(len(latencies) * 0.99)] * 1e3, 1)
    return figures


def connected(broker: KilledBroker, patience_s: float) -> Plc:
    """A PLC that has heard `ready`."""
    plc = Plc(broker.port, BASE, patience_s)
    end_s = time.monotonic() + 20
    while not plc.is_ready() and time.monotonic() < end_s:
        plc.run_until(time.monotonic() + 0.1)
    return plc


def _sample(station: SoakStation, broker: KilledBroker, at_s: float, parts: int) -> Sample:
    rss = {**station.rss(), "broker": rss_bytes(broker.pid)}
    return Sample(at_s, parts, rss, sizes(station.folder / "data"))
