"""The flow of docs/how-to/node-red.md in a real Node-RED, at a running line."""

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from line import BuildStation, Line
from node_program import need_node
from node_red import Flow, NodeRed
from okko.contracts import REASON_CODES
from waiting import eventually

ROOT = Path(__file__).parents[2]
FLOW = ROOT / "docs" / "how-to" / "node-red-flow.json"
PARTS = 5
"""With this seed the duck after them, and one of another PLC, is a good one."""
STATION = f"""
[[camera]]
name = "top"
source = {{ kind = "simulator", seed = 3, view = "left", defect_rate = 0.4 }}
[[model]]
bundle = "{ROOT / "models" / "duck-quality"}"
cameras = ["top"]
[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"
min_score = 0.5
[recorder]
"""


@pytest.fixture
def node_red(tmp_path: Path) -> Iterator[NodeRed]:
    """A Node-RED without a flow."""
    need_node()
    folder = tmp_path / "node-red"
    folder.mkdir()
    running = NodeRed(folder)
    yield running
    running.stop()


@pytest.fixture
def line(node_red: NodeRed, build_station: BuildStation) -> Line:  # noqa: ARG001 - without Node no line is started
    """The line that the flow belongs to."""
    return build_station(STATION, deadline_ms=20_000)


def flow_for(line: Line, **more: object) -> Flow:
    """The flow with its environment variables set, as a person sets them in the flow's properties."""
    flow: Flow = json.loads(FLOW.read_text())
    values = {"OKKO_BASE": line.base, "OKKO_BROKER_HOST": "127.0.0.1", "OKKO_BROKER_PORT": str(line.port), **more}
    variables = {variable["name"]: variable for variable in flow[0]["env"]}
    for name, value in values.items():
        variables[name]["value"] = value
    return flow


def known(node_red: NodeRed) -> dict[str, Any]:
    """What the flow tells on its page for programs."""
    told: dict[str, Any] = json.loads(node_red.page("/okko.json"))
    return told


def wait_for_last(node_red: NodeRed, **fields: object) -> None:
    """Until the last verdict that the flow shows has these fields."""
    eventually(lambda: fields.items() <= (known(node_red)["last"] or {}).items(), f"{fields}\n{node_red.log()}")


def wait_for_answer(node_red: NodeRed, seq: int) -> dict[str, Any]:
    """The verdict that the flow shows for a part, once okko has given one."""
    wait_for_last(node_red, seq=seq)
    eventually(lambda: known(node_red)["last"]["reason"] != "silence", node_red.log())
    last: dict[str, Any] = known(node_red)["last"]
    return last


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A process that stands still meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_the_flow_shows_what_is_recorded(line: Line, node_red: NodeRed) -> None:
    """Each press of the button is one part, and the flow shows its verdict, reason, the count and `ready`.

    With inference stopped it rejects the part for silence, and then shows the verdict that stands: the part stays
    rejected. With the decision agent stopped `ready` falls silent, and the next part is held.
    """
    node_red.import_flow(flow_for(line, OKKO_PATIENCE_MS="1000"))
    eventually(lambda: known(node_red)["ready"], node_red.log())
    line.publish("trigger", b"of another PLC")  # whose verdict is to be ignored
    shown = []
    for seq in range(1, PARTS + 1):
        node_red.press("okko-part")
        shown.append(wait_for_answer(node_red, seq))
    assert {last["reject"] for last in shown if last["verdict"] == "KO"} == {True}
    assert False in {last["reject"] for last in shown if last["verdict"] == "OK"}  # a slow one was rejected for silence
    assert f'class="{shown[-1]["verdict"]}"' in node_red.page("/okko")

    with stopped(line.pid("inference")):
        node_red.press("okko-part")
        wait_for_last(node_red, seq=PARTS + 1, verdict="KO", reason="silence", reject=True)
    shown.append(wait_for_answer(node_red, PARTS + 1))
    assert (shown[-1]["verdict"], shown[-1]["reject"]) == ("OK", True)

    with stopped(line.pid("decision")):
        eventually(lambda: not known(node_red)["ready"], node_red.log())
        assert "NOT READY" in node_red.page("/okko")
        node_red.press("okko-part")
    eventually(lambda: known(node_red)["ready"], node_red.log())

    items = line.items(PARTS + 2)
    assert {(last["seq"], last["part"], last["verdict"], last["reason"]) for last in shown} == {
        (item["seq"], item["part_id"], item["verdict"], item["reason"]) for item in items if item["seq"] is not None
    }
    assert {last["verdict"] for last in shown} == {"OK", "KO"}
    eventually(lambda: known(node_red)["count"]["total"] == len(items), node_red.log())
    count, verdicts = known(node_red)["count"], Counter(item["verdict"] for item in items)
    assert (len(items), count["ok"], count["ko"]) == (PARTS + 2, verdicts["OK"], verdicts["KO"])
    assert "[error]" not in node_red.log()


def test_the_flow_knows_every_reason() -> None:
    """The numbers of the reasons in the flow are those of the contract."""
    (reasons,) = (variable for variable in json.loads(FLOW.read_text())[0]["env"] if variable["name"] == "OKKO_REASONS")
    assert json.loads(reasons["value"]) == {f"{number:02d}": reason for reason, number in REASON_CODES.items()}
