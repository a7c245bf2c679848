import json
import os
import time
from pathlib import Path

import pytest

from dashboard.replay.models import candidates
from dashboard.teach.bundles import models_of, taught_in
from dashboard.teach.uploads import STALE_S, clear, name_of
from shown_parts import write_station


def _bundle(folder: Path, name: str, version: str, figures: str | None = None, at_s: int = 0) -> None:
    folder.mkdir(parents=True)
    (folder / "model.toml").write_text(f'name = "{name}"\nversion = "{version}"\n')
    if figures is not None:
        (folder / "taught.json").write_text(figures)
    os.utime(folder / "model.toml", (at_s, at_s))


def test_bundles_are_listed_newest_first(tmp_path: Path) -> None:
    """With what is known of them; half a bundle, a file and a broken manifest are none."""
    _bundle(tmp_path / "top-1", "top", "1", json.dumps({"camera": "top", "method": "padim"}), at_s=10)
    _bundle(tmp_path / "top-2", "top", "2", "{broken", at_s=20)
    _bundle(tmp_path / ".half", "top", "3")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model.toml").write_text("name = 1")
    found = taught_in(tmp_path)
    assert [(bundle.key, bundle.version, bundle.camera) for bundle in found] == [
        ("top-2", "2", None),
        ("top-1", "1", "top"),
    ]
    assert (found[0].report, found[0].card) == (None, None)
    assert taught_in(tmp_path / "nowhere") == []


def test_a_station_has_what_is_in_force_and_what_was_taught(tmp_path: Path) -> None:
    """Nothing else can be named: a key is no path."""
    station = write_station(tmp_path / "station")
    _bundle(station / "taught" / "top-1", "top-taught", "1", json.dumps({"camera": "top"}))
    found = models_of(station)
    assert found.in_force["cameras"]["top"]["models"] == []
    assert found.find("top-1") is not None
    assert found.find("../taught/top-1") is None
    (candidate,) = candidates(found)
    assert (candidate.key, candidate.name, candidate.camera) == ("taught/top-1", "top-taught 1", "top")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("model.tflite", "model"),
        ("C:\\models\\Pièce 3.tflite", "Pi-ce-3"),
        ("../../etc/passwd", "passwd"),
        ("-rf.tflite", "rf"),
        (".tflite", "tflite"),
        ("é", "model"),
        ("x" * 300 + ".tflite", "x" * 40),
    ],
)
def test_a_file_that_was_sent_here_gets_a_name_that_is_safe(file: str, name: str) -> None:
    """Whatever a browser says that it is called."""
    assert name_of(file) == name


def test_what_a_killed_agent_left_of_an_upload_goes(tmp_path: Path) -> None:
    """With the next upload; one that is being sent stays."""
    folder = tmp_path / "uploads"
    clear(folder)
    (folder / "old").write_text("x")
    (folder / "new").write_text("x")
    os.utime(folder / "old", (time.time() - STALE_S - 10,) * 2)
    clear(folder)
    assert [path.name for path in folder.iterdir()] == ["new"]
