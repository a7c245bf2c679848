"""A model that hangs, and one whose file is broken, in a running inference agent."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from agents import BASE, Agent, write_station
from observer import Observer
from running_broker import RunningBroker

BUNDLE = Path(__file__).parents[2] / "models" / "duck-quality"
HANGING = str(Path(__file__).parents[1] / "support" / "hanging_inference.py")
MORE = """
[[model]]
bundle = "{bundle}"
cameras = ["top"]
[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"
"""
HEARD = ("ready", "event", "verdict", "prediction/+/+", "agent/+", "stats/inference")


class Watched:
    """A station with one camera and one model, seen from outside."""

    def __init__(self, observer: Observer, folder: Path) -> None:
        self.observer = observer
        self.folder = folder

    def reason_of(self, seq: int) -> str:
        """Trigger a part; gives the reason of its verdict."""
        self.observer.publish(f"{BASE}/trigger", f"{seq} part".encode())
        return str(self.observer.wait_json(f"{BASE}/verdict", lambda verdict: verdict["seq"] == seq)["reason"])

    def events(self, code: str) -> list[str]:
        """The texts of one kind of event, once there is one."""
        self.observer.wait_json(f"{BASE}/event", lambda event: event["code"] == code)
        told = [json.loads(payload) for payload in self.observer.payloads(f"{BASE}/event")]
        return [event["text"] for event in told if event["code"] == code]

    def ready(self, payload: bytes) -> None:
        """Wait until `ready` says so."""
        self.observer.wait(lambda seen: seen.topic == f"{BASE}/ready" and seen.payload == payload)


@pytest.fixture
def station(broker: RunningBroker, start_agent: Callable[..., Agent], tmp_path: Path) -> Iterator[Watched]:
    """Decision agent and camera run; the model's bundle is a copy, the inference agent is the test's to start."""
    bundle = Path(shutil.copytree(BUNDLE, tmp_path / "duck-quality"))
    folder = write_station(tmp_path / "station", broker.url, MORE.format(bundle=bundle))
    (folder / "images").mkdir()
    cv2.imwrite(str(folder / "images" / "part.jpg"), np.full((48, 64, 3), 127, np.uint8))
    with Observer(broker.port, *(f"{BASE}/{topic}" for topic in HEARD)) as observer:
        agents = [start_agent("-m", "okko", "run", agent, str(folder)) for agent in ("decision", "camera")]
        yield Watched(observer, folder)
        assert [agent.end() for agent in agents] == [0, 0]


def test_a_model_call_that_hangs(station: Watched, start_agent: Callable[..., Agent], tmp_path: Path) -> None:
    """Its part is KO by the deadline, `ready` goes soon after, its thread is given up and replaced; then all is well.

    The agent tells its stats meanwhile. What the old thread says when it comes back reaches nobody.
    """
    hang = tmp_path / "hang"
    inference = start_agent(HANGING, str(station.folder), str(hang))
    station.ready(b"1")
    assert station.reason_of(1) == "rules"
    hang.touch()
    station.observer.forget()
    assert station.reason_of(2) == "deadline"
    station.ready(b"0")
    assert station.observer.payloads(f"{BASE}/ready").index(b"0") <= 4
    station.events("model_recovered")
    assert station.events("model_fault") == [
        "model duck-quality: it has not answered for 2 s",
        "model duck-quality: it hung and was given up",
    ]
    assert len(station.observer.payloads(f"{BASE}/stats/inference")) >= 2
    station.ready(b"1")
    hang.unlink()
    assert [station.reason_of(seq) for seq in (3, 4)] == ["rules", "rules"]
    payloads = station.observer.payloads(f"{BASE}/prediction/top/duck-quality")
    said = [json.loads(payload) for payload in payloads]
    assert ["error" in one for one in said] == [True, False, False]
    assert len({one["item_id"] for one in said}) == 3
    assert inference.end() == 0


def test_a_model_file_that_is_broken(station: Watched, start_agent: Callable[..., Agent], tmp_path: Path) -> None:
    """KO model_fault, `ready` 0 and an event for as long as it is; mended, all is well without a restart."""
    file = tmp_path / "duck-quality" / "model.tflite"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    inference = start_agent("-m", "okko", "run", "inference", str(station.folder))
    assert station.events("model_fault")[0].startswith("model duck-quality: ")
    assert station.reason_of(1) == "model_fault"
    station.ready(b"0")
    assert b"1" not in station.observer.payloads(f"{BASE}/ready")
    file.write_bytes(whole)
    station.events("model_recovered")
    station.ready(b"1")
    assert station.reason_of(2) == "rules"
    assert inference.end() == 0
