import json
from pathlib import Path

import pytest

from okko import cli


def test_one_picture_is_answered_as_json(
    duck_bundle: Path, some_pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What stands in a prediction, without what is about an item."""
    assert cli.run(["predict", str(duck_bundle), str(some_pictures / "a.jpg")]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["model"]["name"] == "duck-quality"
    assert said["label"] in {"OK", "KO"}
    assert {"decode", "preprocess", "invoke", "postprocess"} <= said["timings_ms"].keys()
    assert not {"item_id", "camera", "frame_id"} & said.keys()


def test_a_bad_picture_is_answered_with_its_error(
    duck_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On stdout for programs, on stderr for people; exit 1."""
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"text")
    assert cli.run(["predict", str(duck_bundle), str(bad)]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["error"]["kind"] == "image"
    assert "is no picture" in told.err


def test_a_picture_that_is_not_there_is_the_users_input(
    duck_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2."""
    assert cli.run(["predict", str(duck_bundle), str(tmp_path / "none.jpg")]) == 2
    assert "there is no file" in capsys.readouterr().err
