from pathlib import Path

import pytest

from inference_agent.bundle import load_bundle
from okko.errors import ConfigError
from workshop.teaching.trained.model import Trained, bundle_of, write_trained


def test_the_bundle_is_what_its_settings_say(tmp_path: Path) -> None:
    """Labels, softmax, the file's bytes, what goes beside it."""
    folder = tmp_path / "press-1"
    write_trained(folder, Trained(b"model"), name="press", version="1", card="# card", beside={"report.html": b"x"})
    assert load_bundle(folder) == bundle_of("press", "1")
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "model.toml"} == {
        "model.tflite": b"model",
        "CARD.md": b"# card",
        "report.html": b"x",
    }


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    """Nothing is written over, nothing is left beside it."""
    with pytest.raises(ConfigError, match="is there already"):
        write_trained(tmp_path, Trained(b"model"), name="press", version="1")
    assert list(tmp_path.iterdir()) == []
