"""A PLC and a dashboard in another language, written from docs/reference/asyncapi.json, at a running line."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from line import BuildStation, Line
from node_program import NodeProgram, need_node

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "reference" / "asyncapi.json"
PARTS = 8
DEADLINE_MS = 5000
PLC_DEADLINE_MS = 6000
"""The PLC's own patience. Where a slow machine passes it, the PLC asks: what is asserted holds all the same."""
ANSWERS = {"verdict", "answer"}
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

RunProgram = Callable[..., NodeProgram]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[RunProgram]:
    """Run a program of tests/clients; those that a failed test leaves behind are killed."""
    need_node()
    programs: list[NodeProgram] = []

    def run(script: str, *arguments: str) -> NodeProgram:
        folder = tmp_path / f"node-{len(programs)}"
        folder.mkdir()
        programs.append(NodeProgram(folder, script, *arguments))
        return programs[-1]

    yield run
    for program in programs:
        program.kill()


@pytest.fixture
def line(node: RunProgram, build_station: BuildStation) -> Line:  # noqa: ARG001 - without Node no line is started
    """The line that the programs work with."""
    return build_station(STATION, deadline_ms=DEADLINE_MS)


def document_of(line: Line) -> str:
    """The AsyncAPI document of one station, as `okko topics` gives it."""
    file = line.folder / "asyncapi.json"
    done = line.run("topics", "--station", str(line.folder), "--asyncapi", "--output", str(file))
    assert done.returncode == 0, done.stderr
    return str(file)


def test_a_plc_and_a_dashboard_made_from_the_document_see_what_is_recorded(line: Line, node: RunProgram) -> None:
    """The PLC hears each part's own verdict, asks for the one that its cut cable lost, and holds parts while not ready.

    It ignores another PLC's verdict on a part of the same name. The dashboard's verdicts and totals are the record's,
    and so are those of one that comes late.
    """
    document = document_of(line)
    dashboard = node("dashboard.js", document)
    dashboard.wait_for(event="connected")
    url = f"mqtt://127.0.0.1:{line.port}"
    plc = node("plc.js", str(DOCUMENT), line.base, url, str(PLC_DEADLINE_MS))
    plc.wait_for(event="ready", ready=True)

    line.publish("trigger", b"duck-1")  # another PLC, which counts nothing, and whose verdict comes first
    for number in range(1, PARTS):
        plc.tell(part=f"duck-{number}")
    plc.wait(lambda events: sum(event["event"] in ANSWERS for event in events) == PARTS - 1)
    plc.tell(part="")
    plc.wait(lambda events: sum(event["event"] in ANSWERS for event in events) == PARTS)
    assert [event["line"][3:13] for event in plc.events("ignored")] == ["0" * 10]

    plc.tell(part="duck-lost", unplug=True)
    plc.wait_for(event="unplugged")
    plc.tell(part="duck-held")
    plc.wait_for(event="held", part="duck-held")
    items = line.items(PARTS + 2)  # judged and recorded while the PLC hears nothing
    plc.wait_for(event="silence", seq=PARTS)
    assert not [event for event in plc.events("answer") if event["part"] == "duck-lost"]
    plc.tell(plug=True)
    plc.wait_for(event="answer", part="duck-lost")
    dashboard.wait(lambda _: any(f"{PARTS + 2} parts" in event["text"] for event in dashboard.events("shown")))

    said = plc.end()
    recorded = {(item["seq"], item["part_id"]): (item["verdict"], item["reason"]) for item in items}
    heard = {
        (event["seq"], event["part"]): (event["verdict"], event["reason"])
        for event in said
        if event["event"] in ANSWERS
    }
    assert heard == {key: verdict for key, verdict in recorded.items() if key != (None, "duck-1")}
    assert len(recorded) == PARTS + 2
    assert {verdict for verdict, _ in heard.values()} == {"OK", "KO"}
    assert {event["part"] for event in said if event.get("reject") is False} == {
        event["part"] for event in said if event["event"] == "verdict" and event["verdict"] == "OK"
    }
    assert not any(event["event"] in {"error", "unreadable"} for event in said)

    seen = dashboard.end()[-1]
    assert {key: (v["verdict"], v["reason"]) for key, v in seen["verdicts"].items()} == {
        item["item_id"]: (item["verdict"], item["reason"]) for item in items
    }
    assert seen["tallied"] == len(items)
    assert seen["repeated"] >= 1  # what was asked for
    late = node("dashboard.js", document)
    late.wait(lambda events: any("ready |" in event.get("text", "") for event in events))
    late.wait(lambda events: any("agents online" in event.get("text", "") for event in events))
    came_late = late.end()[-1]
    agents = dict.fromkeys(("decision", "inference", "recorder", "camera-top"), "online")
    for view in (seen, came_late):
        count = view["count"]
        verdicts = Counter(item["verdict"] for item in items)
        assert (count["total"], count["ok"], count["ko"], count["missed"]) == (len(items), *_of(verdicts), 0)
        assert count["by_reason"] == Counter(item["reason"] for item in items)
        assert (view["agents"], view["ready"]) == (agents, True)
    assert came_late["verdicts"] == {}


def _of(verdicts: Counter[str]) -> tuple[int, int]:
    return verdicts["OK"], verdicts["KO"]
