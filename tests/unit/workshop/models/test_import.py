import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference_agent.bundle import load_bundle
from inference_agent.runtime import Network
from okko import cli


def described(folder: Path, model: Path, **metadata: Any) -> Path:
    """A model with its description; gives the description's path."""
    folder.mkdir(exist_ok=True)
    shutil.copy(model, folder / "theirs.tflite")
    (folder / "metadata.json").write_text(json.dumps(metadata))
    return folder / "metadata.json"


def test_a_described_model_becomes_a_bundle(
    duck_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The model beside the description is found; what was taken over is told; the bundle works."""
    path = described(
        tmp_path / "theirs",
        duck_bundle / "model.tflite",
        output_type="classification",
        class_names=["OK", "KO"],
        normalization="uint8",
        threshold=0.25,
        gpu=True,
    )
    assert cli.run(["model", "import", str(path), "--to", str(tmp_path / "ours")]) == 0
    told = capsys.readouterr()
    assert 'taken     normalization = "uint8": pixels as they are' in told.out
    assert "left out  gpu = true" in told.out
    assert "it loads" in told.err
    bundle = load_bundle(tmp_path / "ours")
    assert bundle.labels == ("OK", "KO")
    assert (bundle.input.mean, bundle.input.std, bundle.decoder.min_score) == (0.0, 1.0, 0.25)  # type: ignore[union-attr] # a classifier


def test_a_real_detector_is_taken_over(shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Labels come from the model file where the description has none."""
    model = shared_data / "models" / "thirdparty" / "vio_yolo_coco_nano_int8.tflite"
    path = described(tmp_path / "theirs", model, output_type="yolo", normalization="yolo")
    ours = tmp_path / "ours"
    assert cli.run(["model", "import", str(path), "--to", str(ours)]) == 0
    capsys.readouterr()
    photo = shared_data / "images" / "sample_photos" / "cat.bmp"
    assert cli.run(["predict", str(ours), str(photo)]) == 0
    assert json.loads(capsys.readouterr().out)["detections"][0]["label"] == "cat"


@pytest.mark.parametrize("scale", [128.0, 127.5])
def test_pixels_as_they_are_are_the_bytes_of_a_quantised_input(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], scale: float
) -> None:
    """Each byte comes out of the scaling as it went in; its own scale would make black and white of raw values."""
    name = {128.0: "mobilenet_v1_0.25_128_quant", 127.5: "vio_teachable_uint8"}[scale]
    model = shared_data / "models" / "thirdparty" / f"{name}.tflite"
    path = described(tmp_path / "theirs", model, output_type="classification", normalization="uint8")
    assert cli.run(["model", "import", str(path), "--to", str(tmp_path / "ours")]) == 0
    assert "as its input is quantised" in capsys.readouterr().out
    network = Network(tmp_path / "ours" / "model.tflite", load_bundle(tmp_path / "ours").input)
    pixels = np.arange(256)
    taken = load_bundle(tmp_path / "ours").input
    values = (pixels - taken.mean) / taken.std
    assert (np.round(values / network.input.scale + network.input.zero_point) == pixels).all()


def test_what_does_not_fit_is_told(duck_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The description says something else than the file shows, and the bundle does not load: exit 1."""
    path = described(tmp_path / "theirs", duck_bundle / "model.tflite", output_type="yolo", class_names=["a", "b", "c"])
    assert cli.run(["model", "import", str(path), "--to", str(tmp_path / "ours")]) == 1
    told = capsys.readouterr()
    assert "beware    the metadata says yolo, the file looks like classification" in told.out
    assert "it does not load as it is" in told.err


def test_the_model_must_be_clear(duck_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """None beside it, or several: exit 2."""
    path = described(tmp_path / "theirs", duck_bundle / "model.tflite", output_type="yolo")
    shutil.copy(duck_bundle / "model.tflite", tmp_path / "theirs" / "second.tflite")
    arguments = ["model", "import", str(path), "--to", str(tmp_path / "ours")]
    assert cli.run(arguments) == 2
    assert "2 .tflite files lie beside" in capsys.readouterr().err
    assert cli.run([*arguments, "--model", str(tmp_path / "none.tflite")]) == 2
    assert "there is no file" in capsys.readouterr().err
