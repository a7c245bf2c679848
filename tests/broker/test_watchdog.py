"""A model call that hangs, in a running inference agent."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from agents import BASE, Agent, write_station
from observer import Observer
from running_broker import RunningBroker

BUNDLE = Path(__file__).parents[2] / "models" / "duck-quality"
HANGING = str(Path(__file__).parents[1] / "support" / "hanging_inference.py")
MORE = f"""
[[model]]
bundle = "{BUNDLE}"
cameras = ["top"]
[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"
"""
HEARD = ("ready", "event", "verdict", "prediction/+/+", "agent/+", "stats/inference")


@pytest.mark.timeout(90)
def test_a_model_call_that_hangs(broker: RunningBroker, start_agent: Callable[..., Agent], tmp_path: Path) -> None:
    """Its part is KO by the deadline, `ready` goes soon after, its thread is given up and replaced; then all is well.

    The agent tells its stats meanwhile. What the old thread says when it comes back reaches nobody.
    """
    folder = write_station(tmp_path / "station", broker.url, MORE)
    (folder / "images").mkdir()
    cv2.imwrite(str(folder / "images" / "part.jpg"), np.full((48, 64, 3), 127, np.uint8))
    hang = tmp_path / "hang"
    with Observer(broker.port, *(f"{BASE}/{topic}" for topic in HEARD)) as observer:
        agents = [
            start_agent("-m", "okko", "run", "decision", str(folder)),
            start_agent("-m", "okko", "run", "camera", str(folder)),
            start_agent(HANGING, str(folder), str(hang)),
        ]

        def reason_of(seq: int) -> str:
            observer.publish(f"{BASE}/trigger", f"{seq} part".encode())
            return str(observer.wait_json(f"{BASE}/verdict", lambda verdict: verdict["seq"] == seq)["reason"])

        def event(code: str) -> dict[str, object]:
            return observer.wait_json(f"{BASE}/event", lambda event: event["code"] == code)

        observer.wait(lambda seen: seen.payload == b"1")
        assert reason_of(1) == "rules"
        hang.touch()
        observer.forget()
        assert reason_of(2) == "deadline"
        observer.wait(lambda seen: seen.topic == f"{BASE}/ready" and seen.payload == b"0")
        assert observer.payloads(f"{BASE}/ready").index(b"0") <= 4
        event("model_recovered")
        told = [json.loads(payload) for payload in observer.payloads(f"{BASE}/event")]
        assert [one["text"] for one in told if one["code"] == "model_fault"] == [
            "model duck-quality: it has not answered for 2 s",
            "model duck-quality: it hung and was given up",
        ]
        assert len(observer.payloads(f"{BASE}/stats/inference")) >= 2
        observer.wait(lambda seen: seen.topic == f"{BASE}/ready" and seen.payload == b"1")
        hang.unlink()
        assert [reason_of(seq) for seq in (3, 4)] == ["rules", "rules"]
        said = [json.loads(payload) for payload in observer.payloads(f"{BASE}/prediction/top/duck-quality")]
        assert ["error" in one for one in said] == [True, False, False]
        assert len({one["item_id"] for one in said}) == 3
        assert [agent.end() for agent in agents] == [0, 0, 0]
