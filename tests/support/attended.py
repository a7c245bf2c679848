"""A soak station with its PLC and world, attended to by one test after the other."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from observer import Observer
from okko.plc import captured_code
from soak import processes
from soak.brokers import KilledBroker
from soak.plc import Fate, Plc
from soak.run import line
from soak.station import BASE, BUNDLE, DEADLINE_MS, SoakStation
from soak.witness import Evidence, judge
from soak.world import World
from waiting import PATIENCE_S

HEARD = ("ready", "event", "agent/+", "stats/+", "verdict")


@dataclass
class AttendedLine:
    """A running station. Whoever waits here keeps the PLC at work, which has no thread of its own."""

    station: SoakStation
    world: World
    plc: Plc
    broker: KilledBroker
    rate: float
    seq: int = 0

    def parts(self, count: int) -> list[Fate]:
        """So many parts at the line's rate, each with its own picture before the cameras; what becomes of them."""
        fates = []
        for _ in range(count):
            self.seq += 1
            self.world.show(self.seq)
            sent_s = self.plc.trigger(self.seq)
            self.plc.run_until((sent_s or time.monotonic()) + 1 / self.rate)
            if sent_s is not None:
                fates.append(self.plc.fates[self.seq])
        return fates

    def parts_one_by_one(self, count: int) -> list[Fate]:
        """So many parts, each shown when the one before may move and is answered: no rate, and so none too high."""
        fates = []
        with self.observer("captured") as observer:
            for _ in range(count):
                self.seq += 1
                self.world.show(self.seq)
                self.plc.trigger(self.seq)
                moves = captured_code(self.seq, f"part-{self.seq}")
                self.until(lambda moves=moves: moves in observer.payloads(f"{BASE}/captured"), "not captured")  # type: ignore[misc]
                self.answered()
                fates.append(self.plc.fates[self.seq])
        return fates

    def until(self, condition: Callable[[], object], what: str = "", patience_s: float = PATIENCE_S) -> None:
        """Wait until something is so."""
        end_s = time.monotonic() + patience_s
        while not condition():
            assert time.monotonic() < end_s, f"{what or 'it never came'}\n{self.log()[-6000:]}"
            self.plc.run_until(time.monotonic() + 0.02)

    def answered(self) -> None:
        """Wait until the PLC has heard of every part, asking where it must."""
        self.until(lambda: not self.plc.waiting, "not every part was answered")

    def ready(self) -> None:
        """Wait until the PLC hears `1`."""
        self.until(self.plc.is_ready, "not ready")

    def pid(self, agent: str) -> int:
        """The agent's process; waited for where it is just being started again."""
        return self.new_pid(agent)

    def new_pid(self, agent: str, *old: int) -> int:
        """The same, once it is none of the old ones."""
        pids: list[int] = []

        def found() -> bool:
            pids[:] = {processes.agents_of(self.station.supervisor).get(agent, 0)} - {0, *old}
            return bool(pids)

        self.until(found, f"{agent} does not run")
        return pids[0]

    def observer(self, *topics: str) -> Observer:
        """A plain MQTT 5 client on the station's topics, by default on those that people look at."""
        return Observer(self.broker.port, *(f"{BASE}/{topic}" for topic in topics or HEARD))

    def log(self) -> str:
        """What `okko up` and the agents said."""
        return self.station.log.read_text(encoding="utf-8")

    def wrong(self) -> tuple[str, ...]:
        """What the witness has to say of all parts so far; nothing, where every promise was kept."""
        items = self.station.items_at_least(len(self.plc.fates), PATIENCE_S)
        evidence = Evidence(
            fates=self.plc.fates,
            items=items,
            came_up=None,
            labels=self.world.labels(BUNDLE),
            patience_s=self.plc.patience_s,
            strangers=self.plc.strangers,
            log=self.log(),
        )
        return judge(evidence, self.world).wrong


def attended(folder: Path, *, rate: float, deadline_ms: int = DEADLINE_MS) -> Iterator[AttendedLine]:
    """A station that is ready, and a PLC that has heard so; it must stop cleanly at the end."""
    with line(folder, rate=rate, uplink=False, deadline_ms=deadline_ms) as (station, world, plc, broker, _far):
        here = AttendedLine(station, world, plc, broker, rate)
        yield here
        assert station.stop() == 0, here.log()[-6000:]
        assert "is killed" not in here.log(), here.log()[-6000:]
        assert "Traceback" not in here.log(), here.log()[-6000:]


def fresh_ready(port: int, seconds: int = 1) -> list[str]:
    """What a client that comes now hears on `ready`, over MQTT 3.1.1, within some seconds."""
    command = ["mosquitto_sub", "-V", "mqttv311", "-p", str(port), "-q", "1", "-W", str(seconds), "-t", f"{BASE}/ready"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()


def states(observer: Observer, agent: str) -> list[dict[str, Any]]:
    """The states that an agent has told."""
    return [json.loads(payload) for payload in observer.payloads(f"{BASE}/agent/{agent}")]


def events(observer: Observer, code: str) -> list[dict[str, Any]]:
    """The events of one kind."""
    told = [json.loads(payload) for payload in observer.payloads(f"{BASE}/event")]
    return [event for event in told if event["code"] == code]
