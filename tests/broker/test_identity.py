import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agents import BASE, Agent
from observer import Observer
from running_broker import RunningBroker
from waiting import eventually

STATE = f"{BASE}/agent/decision"
DONE_S = 30


@pytest.fixture
def decision(start_agent: Callable[..., Agent], station: Path, tmp_path: Path) -> Callable[[str], Agent]:
    """Start the decision agent of the station as if on the machine of a name: its locks are kept apart."""

    def start(machine: str) -> Agent:
        locks = tmp_path / machine
        locks.mkdir(exist_ok=True)
        return start_agent("-m", "okko", "run", "decision", str(station), environment={"TMPDIR": str(locks)})

    return start


@pytest.fixture
def states(broker: RunningBroker) -> Iterator[Observer]:
    """Every state that the decision agent tells."""
    with Observer(broker.port, STATE) as observer:
        yield observer


def is_up(states: Observer, agent: Agent) -> None:
    """Wait until this very process says that it is there."""
    states.wait_json(STATE, lambda state: state["state"] != "offline" and state["pid"] == agent.process.pid)


@pytest.mark.parametrize(("machine", "holder"), [("one", "process {pid} of this machine"), ("two", "instance")])
def test_a_second_agent_of_a_name_refuses_to_run(
    decision: Callable[[str], Agent], states: Observer, machine: str, holder: str
) -> None:
    """On the same machine by the lock, on another by asking: exit 2, who holds the name, and what to do.

    The first goes on undisturbed: it never lost its connection, nor is it said to be offline.
    """
    first = decision("one")
    is_up(states, first)
    second = decision(machine)
    assert second.process.wait(DONE_S) == 2
    assert "decision: already runs for this station" in second.log
    assert holder.format(pid=first.process.pid) in second.log
    assert "Stop that one first" in second.log
    assert "Traceback" not in second.log
    assert first.process.poll() is None
    assert "trying again" not in first.log
    assert {json.loads(payload)["pid"] for payload in states.payloads(STATE)} == {first.process.pid}
    assert "offline" not in [json.loads(payload)["state"] for payload in states.payloads(STATE)]
    assert first.end() == 0


def test_after_a_kill_the_name_is_free(decision: Callable[[str], Agent], states: Observer) -> None:
    """Neither lock nor broker hold the name of a dead process: the next one of the same machine runs at once."""
    first = decision("one")
    is_up(states, first)
    first.kill()
    second = decision("one")
    is_up(states, second)
    assert second.end() == 0


def test_a_stopped_agent_that_goes_on_gives_way(decision: Callable[[str], Agent], states: Observer) -> None:
    """SIGSTOP for so long that another took its place: going on, it finds the name taken, and ends with exit 2."""
    first = decision("one")
    is_up(states, first)
    first.process.send_signal(signal.SIGSTOP)
    second = decision("two")
    is_up(states, second)
    first.process.send_signal(signal.SIGCONT)
    assert first.process.wait(DONE_S) == 2
    assert "already runs for this station" in first.log
    assert "Traceback" not in first.log
    assert second.process.poll() is None
    last = json.loads(states.payloads(STATE)[-1])
    assert (last["pid"], last["state"] == "offline") == (second.process.pid, False)
    assert second.end() == 0


def test_two_that_start_at_once_do_not_fight(decision: Callable[[str], Agent], broker: RunningBroker) -> None:
    """Both are waiting when the broker comes: one of them runs, the other ends with exit 2."""
    broker.kill()
    pair = [decision("one"), decision("two")]
    eventually(lambda: all("waiting for it" in agent.log for agent in pair))
    broker.start()
    eventually(lambda: any(agent.process.poll() is not None for agent in pair))
    codes = [agent.process.poll() for agent in pair]
    assert sorted(codes, key=str) == [2, None], [agent.log for agent in pair]
    with Observer(broker.port, STATE) as observer:
        is_up(observer, pair[codes.index(None)])
    assert pair[codes.index(None)].end() == 0
