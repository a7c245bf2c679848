"""The table "What survives what", row by row: agents and broker killed, stopped and ended under a running PLC.

Random orders of the same are in test_chaos.py, a full disk and a power cut in test_disk.py.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from attended import AttendedLine, attended, events, fresh_ready, states
from okko.supervisor import CRASH_LOOP
from soak.station import BASE, SoakStation
from soak.world import FILE

RATE = 10.0
READY_LASTS_S = 3.0
LATE = ("KO", "06")


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AttendedLine]:
    """One station for all rows: each has to leave it well. In the end the witness looks at all that was recorded."""
    for here in attended(tmp_path_factory.mktemp("survival"), rate=RATE):
        yield here
        here.ready()
        here.parts(5)
        here.answered()
        assert here.wrong() == ()


@pytest.fixture(autouse=True)
def _well(line: AttendedLine) -> None:
    """Each row begins with a station at which all is well, whatever the one before did to it."""
    with line.observer("agent/+") as observer:
        for agent in SoakStation.agents:
            line.until(lambda agent=agent: [s for s in states(observer, agent) if s["state"] == "online"], agent)  # type: ignore[misc]
    line.ready()


@pytest.mark.parametrize("agent", SoakStation.agents)
def test_kill_9_of_any_one_agent(line: AttendedLine, agent: str) -> None:
    """Under triggers: each part has one verdict, asked for where it must be, and the station is ready again."""
    victim = line.pid(agent)
    before = line.parts(5)
    os.kill(victim, signal.SIGKILL)
    during = line.parts(10)
    line.answered()
    line.new_pid(agent, victim)
    line.ready()
    after = line.parts(3)
    line.answered()
    assert [len(fate.codes) for fate in before + during + after] == [1] * 18


def test_kill_9_of_the_broker_coming_back_empty(line: AttendedLine) -> None:
    """A trigger that the broker took and lost: no `ready` meanwhile, KO late when asked for, and a gap in `seq`."""
    decision = line.pid("decision")
    os.kill(decision, signal.SIGSTOP)
    (lost,) = line.parts(1)
    line.until(lambda: line.plc.unconfirmed == 0, "the broker did not take the trigger")
    line.broker.kill(empty=True)
    os.kill(decision, signal.SIGKILL)  # what its socket held of the old broker goes with it
    line.until(lambda: not line.plc.is_ready())
    assert not lost.codes
    line.broker.start()
    assert "1" not in fresh_ready(line.broker.port)
    with line.observer() as observer:
        line.ready()
        line.answered()
        assert lost.asked > 0
        assert lost.codes == [LATE]
        line.parts(1)
        line.answered()
        line.until(lambda: events(observer, "trigger_missed"))
    (missed,) = events(observer, "trigger_missed")
    assert missed["text"].startswith(f"1 triggers between seq {lost.seq - 1} and {line.seq}")


@pytest.mark.parametrize(
    ("agent", "reason"),
    [("camera-left", "left: camera-left is silent"), ("inference", "left/duck-quality: inference is silent")],
)
def test_ready_goes_when_a_part_hangs(line: AttendedLine, agent: str, reason: str) -> None:
    """SIGSTOP: `ready` is 0 after at most as many 1s as three seconds hold, the decision agent's state says why."""
    pid = line.pid(agent)
    with line.observer() as observer:
        line.until(lambda: observer.payloads(f"{BASE}/ready"))
        observer.forget()
        os.kill(pid, signal.SIGSTOP)
        try:
            line.until(lambda: b"0" in observer.payloads(f"{BASE}/ready"))
            line.until(lambda: any(reason in state["why"] for state in states(observer, "decision")))
        finally:
            os.kill(pid, signal.SIGCONT)
        said = observer.payloads(f"{BASE}/ready")
        assert said.index(b"0") <= 4, said
        assert {seen.expiry_s for seen in observer.seen if seen.topic == f"{BASE}/ready"} <= {1, 2, 3}
        line.ready()
        line.until(lambda: states(observer, "decision")[-1]["why"] == "")


def test_ready_goes_when_the_decision_agent_hangs(line: AttendedLine) -> None:
    """SIGSTOP: what the broker keeps of `ready` expires: neither the PLC nor whoever comes later hears of it."""
    pid = line.pid("decision")
    os.kill(pid, signal.SIGSTOP)
    try:
        line.until(lambda: not line.plc.is_ready())
        assert fresh_ready(line.broker.port) == []
    finally:
        os.kill(pid, signal.SIGCONT)
    line.ready()


def test_ready_is_not_kept_by_a_broker_that_comes_back_alone(line: AttendedLine) -> None:
    """Decision agent and broker die together, the broker comes back with what it had saved: no 1 outlives 3 s."""
    os.kill(line.station.supervisor, signal.SIGSTOP)  # or it would start the decision agent again
    try:
        os.kill(line.broker.pid, signal.SIGUSR1)  # save now
        saved = line.broker.saved_file
        line.until(lambda: saved.exists() and b"/ready" in saved.read_bytes())
        os.kill(line.pid("decision"), signal.SIGKILL)
        line.broker.kill()
        line.broker.start()
        end_s = time.monotonic() + READY_LASTS_S + 0.5
        line.until(lambda: time.monotonic() > end_s)  # the very seconds that a 1 is good for
        assert fresh_ready(line.broker.port) == []
        with line.observer() as observer:
            line.until(lambda: states(observer, "decision"), "the broker has not come back with what it kept")
    finally:
        os.kill(line.station.supervisor, signal.SIGCONT)
    line.ready()


@contextlib.contextmanager
def pipe_for_a_picture(line: AttendedLine) -> Iterator[Path]:
    """A pipe where the left camera's picture was; at the end there is a picture again, whatever came of the test."""
    camera = line.world.folders["left"]
    pipe = camera / "pipe"
    os.mkfifo(pipe)
    (camera / "now").hardlink_to(pipe)
    (camera / "now").rename(camera / FILE)
    try:
        yield pipe
    finally:
        line.world.show(line.seq)
        pipe.unlink()


def test_a_camera_read_that_hangs(line: AttendedLine) -> None:
    """A pipe where the picture was: KO, `camera_lost`, `ready` 0; it comes back by itself, and the old read is void.

    The agent answers meanwhile: nobody waits for a camera that is known to hang. When the pipe gives a picture at
    last, the frame that was asked for long ago is not delivered.
    """
    line.seq += 1
    line.world.show(line.seq)
    with (
        pipe_for_a_picture(line) as pipe,
        line.observer("event", "ready", "captured/left", "frame/left") as observer,
    ):
        line.plc.trigger(line.seq)
        hung = line.plc.fates[line.seq]
        line.until(lambda: events(observer, "camera_lost"))
        line.until(lambda: b"0" in observer.payloads(f"{BASE}/ready"))
        line.answered()
        assert "did not answer within 2000 ms (capture)" in events(observer, "camera_lost")[0]["text"]
        assert hung.codes[0][0] == "KO"
        line.seq += 1
        line.world.show(line.seq, "right")
        line.plc.trigger(line.seq)
        line.until(lambda: len(observer.payloads(f"{BASE}/captured/left")) == 2)
        assert all(b'"error"' in payload for payload in observer.payloads(f"{BASE}/captured/left"))
        line.answered()
        line.world.show(line.seq)  # a picture again
        line.until(lambda: events(observer, "camera_back"))
        line.ready()
        assert not observer.payloads(f"{BASE}/frame/left")
        pipe.write_bytes(line.world.picture("left", hung.seq))  # the hung read ends
        line.parts(3)
        line.answered()
        line.until(lambda: len(observer.payloads(f"{BASE}/frame/left")) == 3)
        assert len(observer.payloads(f"{BASE}/captured/left")) == 5


@pytest.mark.parametrize("agent", SoakStation.agents)
def test_sigterm_under_load(line: AttendedLine, agent: str) -> None:
    """The agent finishes what it has in hand, says that it is offline, and ends with exit 0; every part is answered."""
    pid = line.pid(agent)
    with line.observer() as observer:
        before = line.parts(5)
        os.kill(pid, signal.SIGTERM)
        during = line.parts(10)
        line.answered()
        line.until(lambda: f"{agent} ended with exit 0" in line.log())
        line.new_pid(agent, pid)
        line.until(lambda: "offline" in [state["state"] for state in states(observer, agent)])
        said = [state for state in states(observer, agent) if state["state"] == "offline"]
    assert [(state["why"], state["pid"]) for state in said] == [("stopped", pid)], line.log()[-5000:]
    assert [len(fate.codes) for fate in before + during] == [1] * 15


def test_an_agent_that_dies_again_and_again(line: AttendedLine) -> None:
    """It is started again each time, after longer and longer pauses, and told of once as a crash loop."""
    killed: list[int] = []
    with line.observer() as observer:
        for _ in range(CRASH_LOOP):
            killed.append(line.new_pid("camera-left", *killed))
            os.kill(killed[-1], signal.SIGKILL)
        line.until(lambda: events(observer, "crash_loop"))
        line.ready()
        told = events(observer, "crash_loop")
    assert [(event["agent"], event["severity"]) for event in told] == [("up", "error")]
    assert told[0]["text"].startswith(f"camera-left was killed by SIGKILL, {CRASH_LOOP} times in a row")


def test_two_agents_started_with_one_identity(line: AttendedLine) -> None:
    """A second `okko up` of the same station: each agent refuses, none is started again, exit 2; the first works on."""
    pids = {agent: line.pid(agent) for agent in SoakStation.agents}
    second = SoakStation(line.station.folder, line.broker)
    second.log = line.station.log.with_name("second.log")
    with line.observer() as observer:
        second.begin()
        fates = line.parts(10)
        line.until(lambda: second.exit_code is not None, "the second one runs on")
        line.answered()
        told = [state for agent in SoakStation.agents for state in states(observer, agent)]
    assert second.exit_code == 2
    log = second.log.read_text(encoding="utf-8")
    for agent in SoakStation.agents:
        assert log.count(f"{agent} refuses to run (exit 2) and is not started again") == 1, log
    assert "starting it again" not in log
    assert {agent: line.pid(agent) for agent in SoakStation.agents} == pids
    assert {state["pid"] for state in told} == set(pids.values())
    assert "offline" not in [state["state"] for state in told]
    assert "00" in [fate.codes[0][1] for fate in fates]
