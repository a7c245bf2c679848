"""Golden parts at a running station: what the PLC, the operator and the record see of a round, and what it survives."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from line import BuildStation, Ear, Line, wait_until_ready
from waiting import eventually

ROOT = Path(__file__).parents[2]
STATION = f"""
[[camera]]
name = "top"
source = {{ kind = "folder", path = "images", loop = true }}
[[model]]
bundle = "{ROOT / "models" / "duck-quality"}"
cameras = ["top"]
[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"
[recorder]
[golden]
parts = [{{ part_id = "GOOD", expect = "OK" }}, {{ part_id = "BAD", expect = "KO" }}]
"""


@pytest.fixture(scope="module")
def ducks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good duck and one without a beak, in this order."""
    folder = tmp_path_factory.mktemp("ducks")
    subprocess.run([sys.executable, "-m", "tools.duck_pictures", str(folder)], cwd=ROOT, check=True)
    kept = {"duck-001-good.jpg", "duck-010-missing_beak.jpg"}
    for picture in folder.iterdir():
        if picture.name not in kept:
            picture.unlink()
    assert {picture.name for picture in folder.iterdir()} == kept
    return folder


@pytest.fixture
def line(build_station: BuildStation, ducks: Path) -> Line:
    """A station whose camera sees a good duck and a bad one by turns."""
    line = build_station(STATION, start=False, deadline_ms=4000)
    (line.folder / "images").symlink_to(ducks)
    line.start()
    return line


def _round(line: Line, *options: str) -> dict[str, Any]:
    done = line.run("golden", str(line.folder), "--json", *options)
    assert done.returncode == 0, done.stderr + line.log()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _passed(line: Line) -> dict[str, bool]:
    return {part["part_id"]: part["passed"] for part in _round(line)["parts"]}


def _state(line: Line) -> dict[str, Any]:
    [text] = line.listen("agent/decision", count=1).heard()
    found: dict[str, Any] = json.loads(text)
    return found


def _kept(line: Line, topic: str) -> dict[str, Any]:
    [text] = line.listen(topic, count=1).heard()
    found: dict[str, Any] = json.loads(text)
    return found


def _kill_decision(line: Line) -> None:
    """SIGKILL, and wait until another process lacks nothing but the golden parts."""
    victim = line.pid("decision")
    os.kill(victim, signal.SIGKILL)

    def is_back() -> bool:
        state = _state(line)
        return bool(state["pid"] != victim and state["why"].startswith("not ready: golden parts: "))

    eventually(is_back)


def _came(line: Line, part: str) -> tuple[str, str, bool]:
    [verdict] = line.trigger("--part", part)
    return verdict["verdict"], verdict["reason"], verdict.get("golden", False)


def _golden(ear: Ear) -> list[dict[str, Any]]:
    return [event for event in map(json.loads, ear.so_far()) if event["code"].startswith("golden")]


def _not_ready(line: Line, why: str) -> Callable[[], bool]:
    return lambda: _state(line)["why"] == f"not ready: {why}" and line.listen("ready", count=1).heard() == ["0"]


def test_a_shift(line: Line) -> None:
    """Round, kill -9 in the middle of it, production, a bad part that comes OK, a new round killed at once."""
    assert line.ready_line.rstrip().endswith("(golden parts: still to come: GOOD, BAD)")
    eventually(_not_ready(line, "golden parts: still to come: GOOD, BAD"))

    # Inspected while `ready` is 0; what has passed outlives the process.
    assert _came(line, "GOOD") == ("OK", "rules", True)
    _kill_decision(line)
    assert _passed(line) == {"GOOD": True, "BAD": False}
    eventually(_not_ready(line, "golden parts: still to come: BAD"))
    assert _came(line, "BAD") == ("KO", "rules", True)
    wait_until_ready(line)
    _kill_when_ready(line)
    assert _passed(line) == {"GOOD": True, "BAD": True}
    wait_until_ready(line)

    # Production, of the good duck and the bad one.
    assert [v["verdict"] for v in line.trigger("--count", "2", "--rate", "5")] == ["OK", "KO"]

    # The good duck under the bad one's id: as if its fault were not seen any more.
    ear = line.listen("event", seconds=600)
    assert _came(line, "BAD") == ("OK", "rules", True)
    eventually(_not_ready(line, "golden parts: BAD must be KO and came OK"))
    assert _came(line, "BAD") == ("KO", "rules", True)
    wait_until_ready(line)
    eventually(lambda: len(_golden(ear)) >= 2)
    events = _golden(ear)
    assert [(event["severity"], event["code"]) for event in events] == [
        ("error", "golden_failed"),
        ("info", "golden_passed"),
    ]
    assert events[0]["text"] == "BAD must be KO and came OK"

    # A new shift; the process dies right after it has said that the round has begun.
    begun = _round(line, "--begin", "--by", "shift-2")
    assert begun["why"] == "a round was asked for by shift-2"
    _kill_decision(line)
    after = _round(line)
    assert (after["why"], after["begun_at"]) == (begun["why"], begun["begun_at"])
    assert _passed(line) == {"GOOD": False, "BAD": False}

    # A camera that hangs makes every part KO, and no bad one found.
    camera = line.pid("camera-top")
    os.kill(camera, signal.SIGSTOP)
    try:
        word, reason, golden = _came(line, "BAD")
    finally:
        os.kill(camera, signal.SIGCONT)
    assert (word, golden) == ("KO", True)
    assert reason in {"deadline", "camera_fault"}
    assert _passed(line) == {"GOOD": False, "BAD": False}

    totals = _kept(line, "count")
    assert (totals["total"], totals["ok"], totals["ko"], totals["golden"]) == (2, 1, 1, 5)
    assert totals["by_reason"] == {"rules": 2}
    told = _kept(line, "station")["golden"]
    assert [(part["part_id"], part["passed"]) for part in told["parts"]] == [("GOOD", False), ("BAD", False)]
    _recorded(line, golden=5, others=2)


def _kill_when_ready(line: Line) -> None:
    victim = line.pid("decision")
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: _state(line)["pid"] != victim)


def _recorded(line: Line, *, golden: int, others: int) -> None:
    assert len(line.items(golden + others)) == golden + others
    for option, count in (("--golden", golden), ("--no-golden", others)):
        done = line.run("items", str(line.folder), "--json", option)
        items = [json.loads(text) for text in done.stdout.splitlines()]
        assert len(items) == count
        assert {item.get("golden", False) for item in items} == {option == "--golden"}
        assert {item.get("expected") for item in items} == ({"OK", "KO"} if option == "--golden" else {None})
