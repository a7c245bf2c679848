"""A running line is taught from its own good parts, and judged by it; till then the model in charge decides."""

import json
import subprocess
from pathlib import Path

import pytest

from line import BuildStation, Line
from shown_parts import draw_ducks, write_folder

ROOT = Path(__file__).parents[2]
SHOWN, GOOD, KO = 45, 10, 10
STATION = """
[[camera]]
name = "top"
source = {{ kind = "folder", path = "images" }}

[[model]]
bundle = "{bundle}"
cameras = ["top"]

[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"

[recorder]
"""


def _station(build_station: BuildStation) -> Line:
    """Good ducks, one after the other; then good and bad ones in turn."""
    line = build_station(STATION.format(bundle=ROOT / "models" / "duck-quality"), start=False)
    good, ko = draw_ducks(77, SHOWN + GOOD, KO)
    images = write_folder(line.folder / "images", good[:SHOWN])
    for number, (fine, bad) in enumerate(zip(good[SHOWN:], ko, strict=True)):
        (images / f"{SHOWN + number}-a-good.jpg").write_bytes(fine)
        (images / f"{SHOWN + number}-b-bad.jpg").write_bytes(bad)
    line.start()
    return line


@pytest.mark.timeout(300)
def test_a_running_line_is_taught(build_station: BuildStation) -> None:
    """Thirty good ducks; then good ones are OK and bad ones KO, by the bundle that was taught."""
    line = _station(build_station)
    asked = ("--good", "30", "--false-rejects", "5%", "--method", "padim", "--activate", "--json")
    with subprocess.Popen(
        line.okko("teach", str(line.folder), *asked),
        env=line.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as teaching:
        assert teaching.stderr is not None
        assert teaching.stdout is not None
        assert any("waiting for 30 good parts" in text for text in teaching.stderr)
        line.trigger("--count", str(SHOWN), "--rate", "2")
        told = teaching.stderr.read()
        result = json.loads(teaching.stdout.read())
    assert teaching.returncode == 0, told
    assert (result["good"], result["activated"], result["suspects"]) == (30, True, [])
    line.trigger("--count", str(GOOD + KO), "--rate", "4")
    items = line.items(SHOWN + GOOD + KO)
    before = [item["verdict"] for item in items if item["predictions"][0]["model"]["name"] == "duck-quality"]
    assert before == ["OK"] * len(before)
    assert len(before) >= 30  # while it was taught, the model in charge decided
    verdicts: dict[bool, list[str]] = {True: [], False: []}
    for item in items[SHOWN:]:
        (prediction,) = item["predictions"]
        assert (prediction["model"]["name"], prediction["model"]["version"]) == ("station-top-taught", "1")
        verdicts["good" in item["frames"][0]["source"]].append(item["verdict"])
    assert verdicts[True].count("OK") >= GOOD - 1
    assert verdicts[False].count("KO") >= KO - 1
