"""Two inference agents, each for one of two cameras: what one of them does is no concern of the other."""

import json
import os
import signal
import subprocess
from pathlib import Path

from line import BuildStation, Line, wait_until_ready
from two_cameras import TWO_CAMERAS, only_good
from waiting import eventually

SPREAD = """
[[inference]]
name = "a"
cameras = ["left"]
[[inference]]
name = "b"
cameras = ["right"]
"""


def state(line: Line, agent: str) -> dict[str, object]:
    """What the broker keeps of an agent; nothing before there is a broker."""
    command = ["mosquitto_sub", "-p", str(line.port), "-t", f"{line.base}/agent/{agent}", "-C", "1", "-W", "10"]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    fields: dict[str, object] = json.loads(told or "{}")
    return fields


def test_a_dead_inference_agent_costs_its_own_cameras_and_no_other(
    build_station: BuildStation, casting: Path, shared_data: Path, tmp_path: Path
) -> None:
    """SIGKILL: its camera's items are KO and `ready` is 0, the other's are as before; it comes again."""
    images = only_good(shared_data, tmp_path, casting)
    line = build_station(TWO_CAMERAS.format(images=images, bundle=casting) + SPREAD)
    serves = {agent: state(line, agent)["serves"] for agent in ("inference-a", "inference-b")}
    assert serves == {"inference-a": ["left/casting"], "inference-b": ["right/casting"]}
    before = line.trigger("--count", "8", "--rate", "20")
    assert sum(verdict["verdict"] == "OK" for verdict in before) > 0

    assert line.process is not None
    victim = line.pid("inference-a")
    os.kill(line.process.pid, signal.SIGSTOP)  # or it would be there again at once
    try:
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: state(line, "inference-a")["state"] == "offline")
        eventually(lambda: "left/casting: inference-a is offline" in str(state(line, "decision")["why"]))
        assert "right/casting" not in str(state(line, "decision")["why"])
        both = line.trigger("--count", "4", "--rate", "20", "--part-prefix", "both")
        right = line.trigger("--count", "8", "--rate", "20", "--camera", "right", "--part-prefix", "right")
    finally:
        os.kill(line.process.pid, signal.SIGCONT)
    assert {(verdict["verdict"], verdict["reason"]) for verdict in both} == {("KO", "deadline")}
    assert {verdict["reason"] for verdict in before + right} == {"rules"}
    # Both cameras show the same eight pictures again and again, so that what both find good one alone does too.
    assert sum(v["verdict"] == "OK" for v in right) == sum(v["verdict"] == "OK" for v in before)
    wait_until_ready(line)
    assert line.pid("inference-a") != victim


def test_an_agent_left_to_another_machine_is_run_there(
    build_station: BuildStation, casting: Path, shared_data: Path, tmp_path: Path
) -> None:
    """`okko up --without` starts the rest and is not ready; `okko run inference --name` elsewhere makes it so."""
    images = only_good(shared_data, tmp_path, casting)
    line = build_station(TWO_CAMERAS.format(images=images, bundle=casting) + SPREAD, start=False)
    line.begin("--without", "inference-b")
    eventually(lambda: "right/casting: inference-b has not come" in str(state(line, "decision").get("why")))
    elsewhere = subprocess.Popen(line.okko("run", "inference", str(line.folder), "--name", "b"), env=line.environment)
    try:
        wait_until_ready(line)
        assert line.pid("inference-b") == elsewhere.pid
        verdicts = line.trigger("--count", "8", "--rate", "20")
        assert {verdict["reason"] for verdict in verdicts} == {"rules"}
        assert "OK" in {verdict["verdict"] for verdict in verdicts}
    finally:
        elsewhere.terminate()
        assert elsewhere.wait(20) == 0
