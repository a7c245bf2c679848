"""`okko doctor` at a whole station that runs."""

import json
from pathlib import Path

from line import BuildStation, Line, wait_until_ready

DUCKS = """
[[camera]]
name = "left"
source = {{ kind = "simulator", seed = 7, view = "left" }}
[[model]]
bundle = "{bundle}"
cameras = ["left"]
[[rule]]
kind = "expected_label"
camera = "left"
label = "OK"
[recorder]
"""


def examined(line: Line) -> tuple[int, dict[str, str]]:
    """The exit code, and how bad each finding is."""
    done = line.run("doctor", str(line.folder), "--json")
    findings = [json.loads(text) for text in done.stdout.splitlines()]
    return done.returncode, {finding["what"]: finding["severity"] for finding in findings}


def test_a_line_at_work_is_well_until_its_file_is_edited(build_station: BuildStation) -> None:
    """All agents are there, the store is sound and nothing grave; after an edit it is said that it was not restarted.

    No part goes without its verdict for the doctor's sake.
    """
    bundle = Path(__file__).parents[2] / "models" / "duck-quality"
    line = build_station(DUCKS.format(bundle=bundle))
    wait_until_ready(line)
    line.trigger("--count", "3")
    line.items(3)
    code, found = examined(line)
    assert (code, [what for what, severity in found.items() if severity == "grave"]) == (0, [])
    for agent in ("camera-left", "inference", "decision", "recorder"):
        assert any(f"{agent} is online" in what for what, severity in found.items() if severity == "good")
    assert found["the configuration in force is this file's"] == "good"
    assert any("is sound" in what for what in found)
    assert any("duck-quality" in what and "loads" in what for what in found)
    file = line.folder / "station.toml"
    file.write_text(file.read_text().replace("deadline_ms = 5000", "deadline_ms = 6000"))
    code, found = examined(line)
    assert code == 0
    assert [s for what, s in found.items() if "another configuration" in what] == ["warning"]
    assert len(line.trigger("--count", "3", "--part-prefix", "after")) == 3
