"""A verdict that the broker never confirmed is told again, unasked."""

import json
import os
import signal
import time
from pathlib import Path

from agents import BASE, Agent, write_station
from observer import Observer
from running_broker import RunningBroker, pid_of

ROOT = Path(__file__).parents[2]
MODEL = f"""
[[model]]
bundle = "{ROOT / "models" / "duck-quality"}"
cameras = ["top"]
[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"
"""
DEADLINE_S = 2.0


def test_a_verdict_that_a_dying_broker_never_took_is_told_by_the_next_one(
    tmp_path: Path, broker: RunningBroker
) -> None:
    """Decided while the broker stood still, which then died and came back empty: a PLC that waits need not ask."""
    station = write_station(tmp_path / "station", broker.url, MODEL)
    decision = Agent(tmp_path / "decision.log", "-m", "okko", "run", "decision", str(station))
    try:
        with Observer(broker.port, f"{BASE}/capture", f"{BASE}/station") as observer:
            observer.wait(lambda seen: seen.topic == f"{BASE}/station")
            seq = 0
            while not observer.payloads(f"{BASE}/capture"):  # until triggers are news
                seq += 1
                observer.publish(f"{BASE}/trigger", f"{seq} duck".encode())
                time.sleep(0.05)
            captured = json.loads(observer.payloads(f"{BASE}/capture")[-1])
            os.kill(pid_of(broker), signal.SIGSTOP)
        time.sleep(DEADLINE_S + 0.5)  # no camera runs: KO at the deadline, into a socket that nobody reads
        os.kill(decision.process.pid, signal.SIGSTOP)  # until somebody listens at the next broker
        broker.kill()
        broker.start()
        with Observer(broker.port, f"{BASE}/verdict") as observer:
            os.kill(decision.process.pid, signal.SIGCONT)
            verdict = observer.wait_json(f"{BASE}/verdict", lambda told: told.get("item_id") == captured["item_id"])
        assert (verdict["verdict"], verdict["reason"], verdict["duplicate"]) == ("KO", "deadline", True)
    finally:
        decision.end()
