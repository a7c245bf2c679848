"""A trigger that comes again long after its successors is the part that it was."""

import json
import os
import signal
import time
from pathlib import Path

from agents import BASE, Agent, write_station
from observer import Observer
from running_broker import RunningBroker

WINDOW_S = 1.0
"""The station's capture window: beyond it nobody knows how long a trigger had waited."""


def test_a_trigger_that_comes_again_of_unknown_age_is_not_a_second_part(tmp_path: Path, broker: RunningBroker) -> None:
    """As a broker does that was killed and brings back what it had saved: the verdict that stands is told again."""
    station = write_station(tmp_path / "station", broker.url)
    file = station / "station.toml"
    file.write_text(file.read_text().replace("deadline_ms = 2000", "deadline_ms = 2000\nduplicate_window_ms = 100"))
    decision = Agent(tmp_path / "decision.log", "-m", "okko", "run", "decision", str(station))
    try:
        with Observer(broker.port, f"{BASE}/verdict", f"{BASE}/station", f"{BASE}/count") as observer:
            observer.wait(lambda seen: seen.topic == f"{BASE}/station")
            for seq in (5, 6, 7):
                observer.publish(f"{BASE}/trigger", f"{seq} duck-{seq}".encode())
            first = observer.wait_json(f"{BASE}/verdict", lambda told: told.get("seq") == 5)
            observer.wait_json(f"{BASE}/verdict", lambda told: told.get("seq") == 7)
            os.kill(decision.process.pid, signal.SIGSTOP)
            observer.publish(f"{BASE}/trigger", b"5 duck-5")
            observer.publish(f"{BASE}/trigger", b"8 duck-8")
            time.sleep(WINDOW_S + 0.5)
            os.kill(decision.process.pid, signal.SIGCONT)
            again = observer.wait_json(f"{BASE}/verdict", lambda told: told.get("seq") == 5 and told["duplicate"])
            observer.wait_json(f"{BASE}/verdict", lambda told: told.get("seq") == 8)
            assert again == {**first, "duplicate": True}
            observer.wait_json(f"{BASE}/count", lambda count: count.get("total") == 4)
            assert json.loads(observer.payloads(f"{BASE}/count")[-1])["missed"] == 0
    finally:
        decision.end()
