from pathlib import Path

import numpy as np
import pytest

from inference_agent.bundle import load_bundle
from inference_agent.model import Model
from inference_agent.runtime import Network
from inference_agent.tensor import TensorSpec
from okko.errors import ConfigError
from training.convert.manifest import write_manifest
from training.convert.options import Options
from training.convert.pictures import find_pictures, open_file, prepare, spread

FLOAT = TensorSpec("picture", 16, 16, 3, channels_first=False, dtype=np.dtype(np.float32))
PLANES = TensorSpec("picture", 16, 16, 3, channels_first=True, dtype=np.dtype(np.float32))


def test_pictures_are_found_in_the_folders_inside_too(pictures: Path) -> None:
    """A data set has a folder for each label; the order does not depend on the disk."""
    found = find_pictures(pictures)
    assert len(found) == 20
    assert [path.parent.name for path in found] == ["green"] * 10 + ["red"] * 10


@pytest.mark.parametrize(("name", "said"), [("none", "no such folder"), (".", "no picture")])
def test_no_pictures_are_an_error_that_says_what_is_wanted(tmp_path: Path, name: str, said: str) -> None:
    """A wrong path and an empty folder are told apart."""
    (tmp_path / "notes.txt").write_text("JPEG to follow")
    with pytest.raises(ConfigError, match=said) as caught:
        find_pictures(tmp_path / name)
    assert "JPEG" in str(caught.value) or ".jpg" in str(caught.value)


def test_those_that_calibrate_come_from_every_folder(pictures: Path) -> None:
    """The first ones alone would all be of one label."""
    chosen = spread(find_pictures(pictures), 4)
    assert [path.parent.name for path in chosen] == ["green", "green", "red", "red"]
    assert spread(chosen, 9) == chosen


def test_a_damaged_picture_is_named(tmp_path: Path) -> None:
    """The file, what is wrong with it, and what to do."""
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    with pytest.raises(ConfigError, match=r"broken\.jpg: --images: a JPEG that is cut off\. Take it out"):
        open_file(tmp_path / "broken.jpg")


def test_a_picture_is_prepared_as_the_agent_does(pictures: Path, float_model: Path, tmp_path: Path) -> None:
    """What is prepared gives, run by LiteRT, the very scores that the agent's model gives for the file."""
    (tmp_path / "model.tflite").write_bytes(float_model.read_bytes())
    options = Options(out=tmp_path, labels=("RED", "GREEN"), resize="letterbox", mean=(9.0, 8.0, 7.0), std=1.5)
    write_manifest(options, tmp_path)
    bundle = load_bundle(tmp_path)
    model, network = Model(tmp_path, bundle), Network(tmp_path / "model.tflite", bundle.input)
    paths = find_pictures(pictures)[::5]
    for path, prepared in zip(paths, prepare(paths, bundle.input, network.input), strict=True):
        np.copyto(network.input_view(), prepared.values)
        scores = model.look(open_file(path)).decoded.scores
        assert scores == {
            label: round(float(score), 6)
            for label, score in sorted(
                zip(bundle.labels, network.invoke()[0].values[0], strict=True), key=lambda pair: -pair[1]
            )
        }
