"""Several inference agents by configuration: whoever asks which agents a station has gets the same answer."""

from pathlib import Path

import pytest

from decision_agent.from_station import needed_of
from okko import cli
from okko.commands.check import summary
from okko.commands.up import commands_of
from okko.doctor.examine import agents_of
from okko.doctor.models import cameras_by_agent
from okko.station import Station, load

STATION = """
[station]
site = "test"
line = "line"
name = "station"
[[camera]]
name = "left"
source = { kind = "simulator" }
[[camera]]
name = "right"
source = { kind = "simulator" }
[[model]]
bundle = "bundle"
cameras = ["left", "right"]
[[rule]]
kind = "expected_label"
camera = "left"
label = "OK"
"""
SPREAD = """
[[inference]]
name = "a"
cameras = ["left"]
[[inference]]
name = "b"
cameras = ["right"]
"""


def _station(folder: Path, more: str = "") -> Station:
    bundle = folder / "bundle"
    bundle.mkdir()
    labels = 'labels = ["OK", "KO"]\n[decoder]\nkind = "classification"\n'
    (bundle / "model.toml").write_text(f'name = "m"\nversion = "1"\nfile = "model.tflite"\n{labels}')
    (folder / "station.toml").write_text(STATION + more)
    return load(folder)


def test_without_tables_there_is_one_agent_for_all_cameras(tmp_path: Path) -> None:
    """It is called `inference`, `okko run inference` without a name runs it, and `okko check` says nothing of it."""
    station = _station(tmp_path)
    assert dict(commands_of(station))["inference"] == ("run", "inference", str(station.path))
    assert agents_of(station) == {"decision", "camera-left", "camera-right", "inference"}
    assert (needed_of(station)["left/m"], needed_of(station)["right/m"]) == (("inference",), ("inference",))
    assert "  agents  " not in summary(station)


def test_each_table_is_an_agent_and_each_camera_needs_its_own(tmp_path: Path) -> None:
    """`okko up` runs each as a process, the doctor expects each, `ready` wants each camera served by its agent."""
    station = _station(tmp_path, SPREAD)
    commands = dict(commands_of(station))
    assert [name for name in commands if name.startswith("inference")] == ["inference-a", "inference-b"]
    assert commands["inference-b"] == ("run", "inference", str(station.path), "--name", "b")
    assert agents_of(station) == {"decision", "camera-left", "camera-right", "inference-a", "inference-b"}
    assert (needed_of(station)["left/m"], needed_of(station)["right/m"]) == (("inference-a",), ("inference-b",))
    assert "  agents   inference-a on left; inference-b on right\n" in summary(station)


def test_the_doctor_knows_how_many_cameras_of_a_model_each_agent_serves(tmp_path: Path) -> None:
    """What one agent has to do for an item is what its own cameras need, each agent on its own."""
    station = _station(tmp_path, SPREAD)
    assert cameras_by_agent(station, station.models[0]) == {"inference-a": 1, "inference-b": 1}
    station.path.write_text(STATION)
    one_for_all = load(station.path)
    assert cameras_by_agent(one_for_all, one_for_all.models[0]) == {"inference": 2}


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (("run", "inference", "STATION", "--name", "c"), "no inference agent 'c'. Inference agents here: a, b"),
        (("run", "decision", "STATION", "--name", "a"), "--name goes with `okko run inference` only"),
        (("run", "inference", "STATION", "--camera", "left"), "--camera goes with `okko run camera` only"),
        (
            ("up", "STATION", "--without", "inference"),
            "there is no agent inference to leave out; choices: inference-a, inference-b, camera-left, camera-right",
        ),
        (("up", "STATION", "--without", "decision"), "there is no agent decision to leave out"),
    ],
)
def test_a_wrong_name_is_answered_with_the_right_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], typed: tuple[str, ...], says: str
) -> None:
    """Exit 2, and nothing is started."""
    station = _station(tmp_path, SPREAD)
    assert cli.run([str(station.path) if word == "STATION" else word for word in typed]) == 2
    assert says in " ".join(capsys.readouterr().err.split())
