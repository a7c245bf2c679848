import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from inference_agent.bundle import load_bundle
from inference_agent.model import Model
from okko.errors import ConfigError, ModelError
from training.convert.__main__ import main
from training.convert.options import Options
from training.convert.pictures import find_pictures, open_file
from training.convert.run import run

ROOT = Path(__file__).parents[3]
STATION = """\
[station]
site = "canario"
line = "colours"
name = "one"

[[camera]]
name = "top"
source = { kind = "simulator" }

[[model]]
bundle = "../bundle"
cameras = ["top"]

[[rule]]
kind = "expected_label"
camera = "top"
label = "RED"
min_score = 0.99
"""


def convert(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run the command as people do."""
    return subprocess.run(
        [sys.executable, "-m", "training.convert", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_a_float_file_becomes_a_bundle_that_a_station_takes(float_model: Path, pictures: Path, tmp_path: Path) -> None:
    """`okko check` accepts it, it answers as its pictures are, and nothing else is left behind."""
    out = tmp_path / "bundle"
    done = convert(
        *("--tflite", float_model, "--labels", "RED,GREEN", "--quantize", "int8"),
        *("--images", pictures, "--calibrate", "12", "--out", out),
    )
    assert done.returncode == 0, done.stderr
    head, _, as_float, as_int8, _, note = done.stdout.splitlines()
    assert head.startswith("| model | size |")
    assert as_float.startswith("| float | 1.7 kB |")
    assert "| 20 of 20 |" in as_int8
    assert float(as_int8.split("|")[5]) < 0.02
    assert note == "On 20 pictures, 12 of which taught int8 its ranges."
    assert {path.name for path in out.iterdir()} == {"model.tflite", "model.toml", "CARD.md"}
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]
    assert as_int8 in (out / "CARD.md").read_text()
    model = Model(out, load_bundle(out))
    for path in find_pictures(pictures):
        assert model.look(open_file(path)).decoded.label == path.parent.name.upper()
    (tmp_path / "station").mkdir()
    (tmp_path / "station" / "station.toml").write_text(STATION)
    checked = subprocess.run(
        [sys.executable, "-m", "okko", "check", tmp_path / "station"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert "bundle 1 on top" in checked.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--out", "new"), "MODEL: give a PyTorch model or --tflite FILE"),
        (("net.pt2", "--tflite", "x.tflite", "--out", "new"), "and not both"),
        (("--tflite", "x.tflite", "--out", "new"), "x.tflite: --tflite: there is no such file"),
        (("--tflite", str(ROOT / "README.md"), "--labels", "a,b", "--out", "new"), "README.md is no LiteRT model"),
        (
            ("--tflite", str(ROOT / "README.md"), "--out", str(ROOT / "models/duck-quality")),
            "holds a bundle. Name another folder",
        ),
        (("--tflite", str(ROOT / "README.md"), "--quantize", "int8", "--out", "new"), "--images: is missing"),
        (("--tflite", str(ROOT / "README.md"), "--size", "96", "--out", "new"), "such as 224x224"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_remedy(
    arguments: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 2, or 1 where the model's file is at fault; nothing is written."""
    with pytest.raises(SystemExit) as stopped:
        main([str(tmp_path / "new") if word == "new" else word for word in arguments])
    assert stopped.value.code == (1 if "LiteRT" in said else 2)
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""
    assert list(tmp_path.iterdir()) == []


def test_labels_that_do_not_fit_are_found_and_leave_nothing(float_model: Path, tmp_path: Path) -> None:
    """A half-written bundle would be taken for a whole one."""
    with pytest.raises(ModelError, match="2 values and there are 3 labels"):
        run(Options(out=tmp_path / "new", tflite=float_model, labels=("a", "b", "c"), quantize="dynamic"))
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_is_replaced_only_when_told(float_model: Path, tmp_path: Path) -> None:
    """And then its card, which people have written, stays."""
    out = tmp_path / "bundle"
    first = Options(out=out, tflite=float_model, labels=("RED", "GREEN"))
    assert "Not compared, for want of --images" in run(first)
    (out / "CARD.md").write_text("measured on 1200 parts")
    with pytest.raises(ConfigError, match="--replace"):
        run(first)
    run(Options(out=out, tflite=float_model, labels=("R", "G"), quantize="dynamic", replace=True))
    assert load_bundle(out).labels == ("R", "G")
    assert (out / "CARD.md").read_text() == "measured on 1200 parts"


@pytest.mark.skipif(find_spec("torch") is not None, reason="PyTorch is here; `make train-test` converts with it")
def test_without_pytorch_the_error_says_what_to_install(tmp_path: Path) -> None:
    """The quantiser alone is enough for a `.tflite`, a PyTorch model needs the extra `train`."""
    with pytest.raises(ConfigError, match=r'torch: is not installed.*\.\[camera,inference,train\]"'):
        run(Options(out=tmp_path / "new", model="net.pt2", labels=("a", "b")))
