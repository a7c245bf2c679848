import json
from pathlib import Path

import pytest

from okko import cli

ROOT = Path(__file__).parents[4]
DUCK = ROOT / "models" / "duck-quality" / "model.tflite"


def test_a_file_is_shown_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    """What a person wants to know first: what goes in, what comes out, of what it is made."""
    assert cli.run(["model", "inspect", str(DUCK)]) == 0
    shown = capsys.readouterr().out
    for word in ("inputs", "outputs", "operators", "CONV_2D", "labels"):
        assert word in shown


def test_a_file_is_shown_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """One object, for programs."""
    assert cli.run(["model", "inspect", str(DUCK), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["inputs"][0]["shape"][0] == 1
    assert found["damage"] is None


def test_a_file_that_is_cut_off_ends_with_exit_1_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What can be read is shown all the same."""
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(DUCK.read_bytes()[:5000])
    assert cli.run(["model", "inspect", str(broken)]) == 1
    told = capsys.readouterr()
    assert "5,000 bytes" in told.out
    assert "truncated" in told.err


def test_a_file_that_is_not_there_is_the_users_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2."""
    assert cli.run(["model", "inspect", str(tmp_path / "none.tflite")]) == 2
    assert "there is no file" in capsys.readouterr().err
    assert cli.run(["model", "inspect", str(tmp_path)]) == 2
    assert "is a folder, name the .tflite in it" in capsys.readouterr().err


def test_a_bundle_is_begun(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It loads; and what is there is left alone."""
    arguments = ["model", "inspect", str(DUCK), "--write", str(tmp_path / "begun")]
    assert cli.run(arguments) == 0
    assert "it loads" in capsys.readouterr().err
    assert (tmp_path / "begun" / "model.tflite").read_bytes() == DUCK.read_bytes()
    assert cli.run(arguments) == 2
    assert "already" in capsys.readouterr().err
    assert cli.run([*arguments, "--force"]) == 0


def test_of_what_looks_like_nothing_no_bundle_is_begun(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the reason."""
    model = shared_data / "models" / "backbone" / "lite0_mid_int8.tflite"
    assert cli.run(["model", "inspect", str(model), "--write", str(tmp_path / "begun")]) == 1
    assert "no bundle was begun: features" in capsys.readouterr().err
    assert not (tmp_path / "begun").exists()
