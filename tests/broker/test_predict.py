"""`okko predict --station` against a real inference agent on a real broker."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from agents import BASE, Agent, write_station
from observer import Observer
from running_broker import RunningBroker
from waiting import eventually

DUCK = Path(__file__).parents[2] / "models" / "duck-quality"


def _okko(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "okko", *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def station(tmp_path: Path, broker: RunningBroker) -> Path:
    """A station with the shipped model."""
    model = f'\n[[model]]\nbundle = "{DUCK}"\ncameras = ["top"]\n'
    rule = '[[rule]]\nkind = "expected_label"\ncamera = "top"\nlabel = "OK"\n'
    return write_station(tmp_path / "station", broker.url, model + rule)


def test_a_running_model_is_asked(
    tmp_path: Path, station: Path, broker: RunningBroker, start_agent: Callable[..., Agent]
) -> None:
    """The answer is that of the model beside the line; no prediction is published; errors come as replies."""
    noise = np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8)
    for name in ("a.jpg", "b.bmp"):
        assert cv2.imwrite(str(tmp_path / name), noise)
    cut = tmp_path / "cut.jpg"
    cut.write_bytes((tmp_path / "a.jpg").read_bytes()[:5000])
    large = tmp_path / "large.bmp"
    assert cv2.imwrite(str(large), np.random.default_rng(1).integers(0, 256, (1500, 1500, 3), np.uint8))
    agent = start_agent("-m", "okko", "run", "inference", str(station))
    eventually(lambda: "connected to" in agent.log)

    with Observer(broker.port, f"{BASE}/#") as observer:
        here = json.loads(_okko("predict", str(DUCK), str(tmp_path / "a.jpg")).stdout)
        for name in ("a.jpg", "b.bmp"):
            asked = _okko("predict", "--station", str(station), "--model", "duck-quality", str(tmp_path / name))
            assert asked.returncode == 0, asked
            there = json.loads(asked.stdout)
            assert there.keys() == here.keys()
            if name == "a.jpg":
                assert {**there, "timings_ms": {}} == {**here, "timings_ms": {}}
        broken = _okko("predict", "--station", str(station), str(cut))
        assert broken.returncode == 1
        assert "image: a JPEG that is cut off" in broken.stderr
        other = _okko("predict", "--station", str(station), "--model", "none", str(tmp_path / "a.jpg"))
        assert other.returncode == 1
        assert "Models here: duck-quality on top" in other.stderr
        too_large = _okko("predict", "--station", str(station), str(large))
        assert too_large.returncode == 2
        assert "at most 4 MiB" in too_large.stderr
        assert not [seen for seen in observer.seen if "/prediction/" in seen.topic]
    assert agent.end() == 0


def test_a_command_that_is_larger_than_any_is_a_dead_letter(
    station: Path, broker: RunningBroker, start_agent: Callable[..., Agent]
) -> None:
    """Of `predict` alone more is read than of other commands, and of that too there is an end."""
    agent = start_agent("-m", "okko", "run", "inference", str(station))
    eventually(lambda: "connected to" in agent.log)
    with Observer(broker.port, f"{BASE}/deadletter/#", f"{BASE}/reply/#") as observer:
        image = base64.b64encode(bytes(5 << 20)).decode()
        for verb in ("who", "predict"):
            observer.publish(
                f"{BASE}/cmd/inference/{verb}", json.dumps({"request_id": "1", "args": {"image": image}}).encode()
            )
        eventually(lambda: len([seen for seen in observer.seen if "/deadletter/" in seen.topic]) == 2)
        assert not [seen for seen in observer.seen if "/reply/" in seen.topic]
    assert agent.end() == 0
