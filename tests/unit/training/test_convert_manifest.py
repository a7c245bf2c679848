from pathlib import Path

import pytest

from inference_agent.bundle import Bundle, load_bundle
from okko.errors import ConfigError
from training.convert.manifest import write_manifest
from training.convert.options import Options

SETTINGS = """\
# bolts, taught in October
name = "bolts"
version = "3"
file = "bolts.tflite"
labels_file = "labels.txt"

[input]
resize = "letterbox"
std = 255.0

[decoder]
kind = "yolo"
"""


def test_options_become_a_bundle(tmp_path: Path) -> None:
    """What was said on the command line is what the inference agent reads, texts with quotes included."""
    options = Options(
        out=tmp_path / "caps",
        labels=('a "big" cap', "Kürbis"),
        resize="crop",
        color="bgr",
        mean=(1.0, 2.0, 3.5),
        std=255.0,
        activation="softmax",
    )
    write_manifest(options, tmp_path)
    bundle = load_bundle(tmp_path)
    assert (bundle.name, bundle.version, bundle.file) == ("caps", "1", "model.tflite")
    assert bundle.labels == ('a "big" cap', "Kürbis")
    assert (bundle.input.resize, bundle.input.color) == ("crop", "bgr")
    assert (bundle.input.mean, bundle.input.std) == ((1.0, 2.0, 3.5), 255.0)
    assert bundle.decoder.kind == "classification"
    assert bundle.decoder.activation == "softmax"


def test_what_is_not_said_is_as_in_any_bundle(tmp_path: Path) -> None:
    """The options' defaults are those of `model.toml`: a bundle does not differ for having been made here."""
    write_manifest(Options(out=tmp_path / "caps"), tmp_path)
    bundle = load_bundle(tmp_path)
    plain = Bundle.model_validate(
        {"name": "caps", "version": "1", "file": "model.tflite", "decoder": {"kind": "classification"}}
    )
    assert bundle == plain


def test_settings_are_taken_as_they_are(tmp_path: Path) -> None:
    """Comments stay, and the file of labels comes along."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "model.toml").write_text(SETTINGS)
    (tmp_path / "mine" / "labels.txt").write_text("bolt\nnut\n")
    (tmp_path / "new").mkdir()
    write_manifest(Options(out=tmp_path / "out", settings=tmp_path / "mine" / "model.toml"), tmp_path / "new")
    assert (tmp_path / "new" / "model.toml").read_text() == SETTINGS
    assert load_bundle(tmp_path / "new").labels == ("bolt", "nut")


def test_settings_and_options_that_say_the_same_are_refused(tmp_path: Path) -> None:
    """One of them would be ignored without a word."""
    (tmp_path / "model.toml").write_text(SETTINGS)
    with pytest.raises(ConfigError, match="--labels, --std"):
        write_manifest(Options(out=tmp_path, settings=tmp_path / "model.toml", labels=("a",), std=255.0), tmp_path)


def test_settings_without_their_labels_are_refused(tmp_path: Path) -> None:
    """The error names the file that is missing."""
    (tmp_path / "new").mkdir()
    (tmp_path / "model.toml").write_text(SETTINGS)
    with pytest.raises(ConfigError, match=r"labels\.txt cannot be read: No such file"):
        write_manifest(Options(out=tmp_path / "out", settings=tmp_path / "model.toml"), tmp_path / "new")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"name": "two words"}, 'name: "two words" must be letters, digits'),
        ({"std": 0.0}, "std: must be above 0"),
        ({"color": "gray", "mean": (1.0, 2.0, 3.0)}, "one channel"),
        ({"labels": ("a", "a")}, "labels of a classification must differ"),
    ],
)
def test_options_that_make_no_bundle_are_refused(tmp_path: Path, options: dict[str, object], said: str) -> None:
    """Before minutes are spent on the conversion."""
    with pytest.raises(ConfigError, match=said):
        write_manifest(Options(out=tmp_path / "out", **options), tmp_path)  # type: ignore[arg-type]
