"""`okko check` as programs use it: another text in the place of the file, and each problem with its line."""

import io
import json
import sys
from pathlib import Path

import pytest

from okko import cli

STATION = """[station]
site = "test"
line = "line"
name = "station"

[[camera]]
name = "top"
source = { kind = "folder", path = "images" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A station that is good."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "one.jpg").write_bytes(b"")
    (tmp_path / "station.toml").write_text(STATION)
    return tmp_path


def test_another_text_is_looked_at_in_the_place_of_the_file(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wherever it lies: its relative paths start at the station's folder."""
    new = tmp_path_factory.mktemp("elsewhere") / "new.toml"
    new.write_text(STATION.replace('"top"', '"left"'))
    assert cli.run(["check", str(folder), "--json"]) == 0
    present = json.loads(capsys.readouterr().out)
    assert cli.run(["check", str(folder), "--with", str(new), "--json"]) == 0
    other = json.loads(capsys.readouterr().out)
    assert present["good"]
    assert other["good"]
    assert present["config_sha256"] != other["config_sha256"]


def test_each_problem_has_its_line(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On stdin, as an editor would ask; what is missing is shown at its table."""
    wrong = STATION.replace('line = "line"', 'lime = "line"').replace('"images"', '"nowhere"')
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(wrong.encode())))
    assert cli.run(["check", str(folder), "--with", "-", "--json"]) == 2
    said = json.loads(capsys.readouterr().out)
    assert not said["good"]
    assert [(p["where"], p["line"]) for p in said["problems"]] == [("station.line", 1), ("station.lime", 3)]
    assert said["problems"][1]["remedy"].startswith("Did you mean `line`?")


@pytest.mark.parametrize(
    ("text", "line"), [("[station\n", 1), (STATION + "[rule]\n", 9), (STATION.replace('"images"', '"nowhere"'), 8)]
)
def test_what_is_no_station_at_all_has_a_line_too(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, line: int
) -> None:
    """No TOML, a table that must be a list, a folder that is not there."""
    new = folder / "new.toml"
    new.write_text(text)
    assert cli.run(["check", str(folder), "--with", str(new), "--json"]) == 2
    [problem] = json.loads(capsys.readouterr().out)["problems"]
    assert problem["line"] == line
