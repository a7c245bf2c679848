"""One run: a world, a PLC, a station, what is done to it, and the witness's word in the end."""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from soak.brokers import KilledBroker
from soak.faults import Fault, Tormentor
from soak.hub import Hub
from soak.plc import Plc
from soak.station import BASE, BUNDLE, CAMERAS, CENTRAL, DEADLINE_MS, SoakStation
from soak.witness import Evidence, Findings, judge
from soak.world import World

WINDOW_SHARE = 0.9
"""How much of the time between two parts a frame may be exposed after its trigger."""

PATIENCE_IN_DEADLINES = 1.5
"""How long the PLC waits before it rejects a part and asks."""

DRAIN_S = 60.0
RSS_EVERY_S = 1.0


@dataclass
class Outcome:
    """What a run showed: findings, faults by kind, memory of each agent over time as (s, bytes by name)."""

    findings: Findings
    faults: dict[str, int]
    seconds: float
    rss: list[tuple[float, dict[str, int]]] = field(default_factory=list)
    exit_code: int = 0


@contextlib.contextmanager
def line(
    folder: Path, *, rate: float, uplink: bool, retention: bool = False, deadline_ms: int = DEADLINE_MS
) -> Iterator[tuple[SoakStation, World, Plc, KilledBroker, KilledBroker | None]]:
    """Everything started and ready; ended on leaving."""
    world = World(folder / "world", CAMERAS)
    broker = KilledBroker(folder / "broker")
    far = KilledBroker(folder / "far", plain=True) if uplink else None
    station = SoakStation(folder / "station", broker)
    window_ms = round(WINDOW_SHARE * 1000 / rate)
    station.write(world.folders, window_ms=window_ms, uplink=far, retention=retention, deadline_ms=deadline_ms)
    broker.start()
    if far is not None:
        far.start()
    try:
        station.start()
        plc = Plc(broker.port, BASE, deadline_ms * PATIENCE_IN_DEADLINES / 1000)
        end_s = time.monotonic() + DRAIN_S
        while not plc.is_ready() and time.monotonic() < end_s:
            plc.run_until(time.monotonic() + 0.1)
        yield station, world, plc, broker, far
        plc.close()
    finally:
        station.stop()
        broker.kill()
        if far is not None:
            far.kill()


def torment(  # noqa: PLR0913 - a run in full, by name
    folder: Path,
    faults: Iterator[Fault],
    *,
    seconds: float,
    rate: float,
    seed: int,
    pause_s: tuple[float, float] = (0.5, 2.5),
    uplink: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Parts at a rate for some seconds, or until the faults are over, while the station is hurt; then the judgement."""
    rng = random.Random(seed)  # noqa: S311 - a plan, no secret
    with line(folder, rate=rate, uplink=uplink) as (station, world, plc, broker, far):
        hub = Hub(far.port, CENTRAL) if far is not None else None
        tormentor = Tormentor(
            faults,
            supervisor=station.supervisor,
            broker=broker,
            uplink=far,
            pause_s=lambda: rng.uniform(*pause_s),
            say=say,
        )
        began_s = time.monotonic()
        tormentor.start()
        rss: list[tuple[float, dict[str, int]]] = []
        seq = 0
        while time.monotonic() - began_s < seconds and not tormentor.over:
            seq += 1
            world.show(seq)
            sent_s = plc.trigger(seq)
            # From the instant at which the trigger had left: the next part must not come early for want of a turn.
            plc.run_until((sent_s or time.monotonic()) + 1 / rate)
            if not rss or time.monotonic() - began_s - rss[-1][0] > RSS_EVERY_S:
                rss.append((time.monotonic() - began_s, station.rss()))
        tormentor.end()
        seconds = time.monotonic() - began_s
        say(f"{len(plc.fates)} parts; no more faults, waiting for what is still to come")
        _drain(plc)
        items = station.items_at_least(len(plc.fates), DRAIN_S)
        came_up = _came_up(hub, plc, len(items))
        labels = world.labels(BUNDLE)
        log = station.log.read_text(encoding="utf-8")
        evidence = Evidence(plc.fates, items, came_up, labels, plc.patience_s, plc.strangers, log)
        findings = judge(evidence, world)
        if hub is not None:
            hub.close()
        exit_code = station.stop()
    if tormentor.defect is not None:
        raise tormentor.defect
    return Outcome(findings, dict(tormentor.done), seconds, rss, exit_code)


def _drain(plc: Plc) -> None:
    end_s = time.monotonic() + DRAIN_S
    while plc.waiting and time.monotonic() < end_s:
        plc.run_until(time.monotonic() + 0.1)


def _came_up(hub: Hub | None, plc: Plc, count: int) -> dict[str, int] | None:
    if hub is None:
        return None
    end_s = time.monotonic() + DRAIN_S
    while len(hub.items()) < count and time.monotonic() < end_s:
        plc.run_until(time.monotonic() + 0.2)
    return dict(hub.items())
