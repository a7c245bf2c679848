"""What is refused before anybody on the line is asked; tests/pipeline/test_swap.py has the rest."""

from pathlib import Path

import pytest

from okko import station_models
from okko.errors import ConfigError
from workshop.models.activate import activate
from workshop.models.asking import NotActivated

STATION = """
[station]
site = "canario"
line = "ducks"
name = "line-1"
[[camera]]
name = "top"
source = { kind = "simulator" }
[[model]]
bundle = "a"
cameras = ["top"]
[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"
"""


def make_bundle(folder: Path, name: str, labels: str) -> Path:
    """A bundle of this name and these labels; nobody comes as far as to load it."""
    folder.mkdir()
    rest = f'version = "1"\nfile = "m.tflite"\nlabels = {labels}\n[decoder]\nkind = "classification"\n'
    (folder / "model.toml").write_text(f'name = "{name}"\n{rest}')
    (folder / "m.tflite").write_bytes(b"none")
    return folder


def test_a_model_that_the_rules_do_not_fit_asks_for_a_rule(tmp_path: Path) -> None:
    """The command takes one; no file is to be edited, and none has changed."""
    make_bundle(tmp_path / "a", "a", '["OK", "KO"]')
    (tmp_path / "station.toml").write_text(STATION)
    with pytest.raises(ConfigError, match=r"never reports 'OK'.*--rule '"):
        activate(tmp_path, "top", make_bundle(tmp_path / "new", "new", '["cat", "dog"]'))
    assert not (tmp_path / station_models.FILE_NAME).exists()


def test_without_a_broker_the_way_to_do_it_offline_is_told(tmp_path: Path) -> None:
    """A technician at a station that stands has no other."""
    make_bundle(tmp_path / "a", "a", '["OK", "KO"]')
    (tmp_path / "station.toml").write_text(STATION + '[broker]\nurl = "mqtt://127.0.0.1:1"\n')
    with pytest.raises(NotActivated, match=r"--offline.*Nothing has changed"):
        activate(tmp_path, "top", make_bundle(tmp_path / "new", "new", '["OK", "KO"]'))
    assert not (tmp_path / station_models.FILE_NAME).exists()
    assert list((tmp_path / "bundles").iterdir()) == []
