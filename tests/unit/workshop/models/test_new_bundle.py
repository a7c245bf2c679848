import tomllib
from pathlib import Path

import click
import pytest

from inference_agent.bundle import load_bundle
from workshop.models import new_bundle
from workshop.models.new_bundle import Draft

INPUT = {"resize": "stretch", "color": "rgb", "mean": [1.0, 2.0, 3.0], "std": 255.0}


def draft(labels: list[str]) -> Draft:
    """A classifier of these labels."""
    return Draft("caps", "1", INPUT, {"kind": "classification"}, labels, ["mean = [1, 2, 3]: a guess"])


def model(tmp_path: Path) -> Path:
    """A file that stands for a model."""
    path = tmp_path / "from.tflite"
    path.write_bytes(b"model")
    return path


@pytest.mark.parametrize("labels", [['ein "Entlein"', "KO\\"], [f"label {n}" for n in range(300)]])
def test_a_bundle_is_begun_that_can_be_read(tmp_path: Path, labels: list[str]) -> None:
    """Few labels stand in the manifest, many in a file of their own; quotes and backslashes are kept."""
    manifest = new_bundle.write(tmp_path / "caps", model(tmp_path), draft(labels), force=False)
    bundle = load_bundle(tmp_path / "caps")
    assert list(bundle.labels) == labels
    assert bundle.input.mean == (1.0, 2.0, 3.0)
    assert manifest.read_text().startswith("# mean = [1, 2, 3]: a guess\n")
    assert sorted(p.name for p in (tmp_path / "caps").iterdir()) == sorted(
        ["model.tflite", "model.toml", *(["labels.txt"] if len(labels) > 20 else [])]
    )


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    """Unless --force is said."""
    new_bundle.write(tmp_path / "caps", model(tmp_path), draft(["a", "b"]), force=False)
    with pytest.raises(click.BadParameter, match=r"has a model\.toml already"):
        new_bundle.write(tmp_path / "caps", model(tmp_path), draft(["c", "d"]), force=False)
    assert load_bundle(tmp_path / "caps").labels == ("a", "b")
    new_bundle.write(tmp_path / "caps", model(tmp_path), draft(["c", "d"]), force=True)
    assert load_bundle(tmp_path / "caps").labels == ("c", "d")


def test_a_model_that_lies_in_the_folder_already_stays(tmp_path: Path) -> None:
    """A bundle is begun around it."""
    (tmp_path / "model.tflite").write_bytes(b"model")
    new_bundle.write(tmp_path, tmp_path / "model.tflite", draft(["a", "b"]), force=True)
    assert (tmp_path / "model.tflite").read_bytes() == b"model"


@pytest.mark.parametrize(("file", "name"), [("a model (2).tflite", "a-model-2"), ("äöü.tflite", "model")])
def test_a_name_is_made_of_the_files(file: str, name: str) -> None:
    """Safe in a topic."""
    assert new_bundle.name_of(Path(file)) == name


def test_the_text_is_toml() -> None:
    """Values of all kinds."""
    tables = tomllib.loads(draft(["a", "b"]).toml())
    assert tables["input"] == INPUT
    assert tables["decoder"]["kind"] == "classification"
