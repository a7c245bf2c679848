"""What is done to a running station, one thing after the other, from a seed."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from soak import processes
from soak.brokers import KilledBroker

BROKER, UPLINK = "broker", "uplink"
STOP_S = 3.5
"""Longer than one and a half times the station's keep-alive of 2 s: the broker gives the stopped one up."""

AGENT_AWAY_S = 30.0


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind`: kill, stop or (a broker only) empty. `seconds`: how long the victim is stopped, or away."""

    kind: str
    victim: str
    seconds: float

    def __str__(self) -> str:
        word = {"kill": "SIGKILL", "stop": "SIGSTOP", "empty": "SIGKILL, all lost"}[self.kind]
        return f"{word} {self.victim} {self.seconds:.1f} s"


def chaos(rng: random.Random, agents: Sequence[str]) -> Iterator[Fault]:
    """Rounds without end: in each, every agent and broker is killed and stopped once, in random order."""
    while True:
        around: list[Fault] = []
        for agent in agents:
            around.append(Fault("kill", agent, 0.0))
            around.append(Fault("stop", agent, STOP_S))
        around.append(Fault("kill", BROKER, rng.uniform(0.0, 1.5)))
        around.append(Fault("empty", BROKER, rng.uniform(0.0, 1.5)))
        around.append(Fault("stop", BROKER, STOP_S))
        around.append(Fault("kill", UPLINK, rng.uniform(4.0, 8.0)))
        rng.shuffle(around)
        yield from around


def stops(lengths_ms: Sequence[int], victims: Sequence[str]) -> Iterator[Fault]:
    """Each victim stopped for each length."""
    for length_ms in lengths_ms:
        for victim in victims:
            yield Fault("stop", victim, length_ms / 1000)


class Tormentor:
    """Carries faults out in a thread of its own, until there are no more or it is told to end."""

    def __init__(  # noqa: PLR0913 - named, and all of one life
        self,
        faults: Iterator[Fault],
        *,
        supervisor: int,
        broker: KilledBroker,
        uplink: KilledBroker | None,
        pause_s: Callable[[], float],
        say: Callable[[str], None],
    ) -> None:
        self._faults = faults
        self._supervisor = supervisor
        self._broker = broker
        self._uplink = uplink
        self._pause_s = pause_s
        self._say = say
        self._ending = threading.Event()
        self.done: Counter[str] = Counter()
        self.log: list[tuple[float, Fault]] = []
        self.defect: Exception | None = None
        # It must outlive the brokers that it starts: they end with the thread that began them.
        self._thread = threading.Thread(target=self._run, name="tormentor", daemon=True)
        self._over = threading.Event()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether nothing more is done to the station."""
        return self._over.is_set()

    def end(self) -> None:
        """Finish the fault in hand, with everybody running again."""
        self._ending.set()
        self._over.wait(STOP_S * 4)

    def _run(self) -> None:
        try:
            for fault in self._faults:
                if self._ending.wait(self._pause_s()):
                    break
                self._do(fault)
        except Exception as error:  # noqa: BLE001 - a thread has no caller: whoever runs the soak raises it
            self.defect = error
        finally:
            self._over.set()
        threading.Event().wait()

    def _do(self, fault: Fault) -> None:
        if fault.victim in (BROKER, UPLINK):
            broker = self._broker if fault.victim == BROKER else self._uplink
            if broker is None:
                return
            self._note(fault)
            if fault.kind == "stop":
                processes.stop_for(broker.pid, fault.seconds)
                return
            broker.kill(empty=fault.kind == "empty")
            time.sleep(fault.seconds)
            broker.start()
            return
        pid = self._pid_of(fault.victim)
        self._note(fault)
        if fault.kind == "stop":
            processes.stop_for(pid, fault.seconds)
        else:
            processes.kill(pid)

    def _note(self, fault: Fault) -> None:
        self.log.append((time.monotonic(), fault))
        self.done[f"{fault.kind} {fault.victim}"] += 1
        self._say(str(fault))

    def _pid_of(self, agent: str) -> int:
        """The agent's process, waited for where it is just being started again."""
        end_s = time.monotonic() + AGENT_AWAY_S
        while (pid := processes.agents_of(self._supervisor).get(agent)) is None:
            if time.monotonic() > end_s:
                message = f"{agent} has not come back within {AGENT_AWAY_S:g} s"
                raise TimeoutError(message)
            time.sleep(0.05)
        return pid
