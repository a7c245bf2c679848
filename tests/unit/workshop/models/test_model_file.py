from pathlib import Path

import pytest

from okko.errors import ModelError
from workshop.models import model_file
from workshop.models.model_file import Op, Tensor

ROOT = Path(__file__).parents[4]
DUCK = ROOT / "models" / "duck-quality" / "model.tflite"


def test_the_shipped_model_says_what_it_is() -> None:
    """Its tensors with their quantisation, its operators by how often they occur, what begins and what ends it."""
    found = model_file.read(model_file.read_bytes(DUCK))
    assert found.damage is None
    assert [(t.shape[0], t.shape[-1]) for t in found.inputs] == [(1, 3)]
    assert found.size_bytes == DUCK.stat().st_size
    assert any(op.name == "CONV_2D" and not op.custom for op in found.ops)
    assert sum(found.weights_bytes.values()) < found.size_bytes


@pytest.mark.parametrize("kept_bytes", [0, 3, 8, 20, 200, 5_000, 50_000])
def test_a_file_that_is_cut_off_says_so(kept_bytes: int) -> None:
    """Wherever it ends: no exception, and where it says nothing it says that it is damaged."""
    found = model_file.read(DUCK.read_bytes()[:kept_bytes])
    assert found.damage is not None
    assert "no LiteRT model" in found.damage or "cut off" in found.damage


def test_something_else_is_told_by_how_it_begins() -> None:
    """A picture under the wrong name is seen at once."""
    damage = model_file.read(b"\x89PNG\r\n\x1a\n" + bytes(50)).damage or ""
    assert "without the identifier TFL3" in damage
    assert "PNG" in damage


def test_a_file_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(ModelError, match=r"gone\.tflite cannot be read: No such file"):
        model_file.read_bytes(tmp_path / "gone.tflite")


def test_the_quantisation_is_told(shared_data: Path) -> None:
    """Scale and zero point of the tensors, and a dynamic side as -1."""
    found = model_file.read(model_file.read_bytes(shared_data / "models/thirdparty/mobilenet_v1_0.25_128_quant.tflite"))
    assert found.inputs == (Tensor("input", (1, 128, 128, 3), "uint8", 0.0078125, 128),)
    assert found.last_op == "SOFTMAX"
    dynamic = model_file.read(model_file.read_bytes(shared_data / "models/thirdparty/dilated_conv.tflite"))
    assert dynamic.inputs[0].shape == (-1, -1, -1, 3)


def test_custom_operators_are_told_by_name(shared_data: Path) -> None:
    """Also of files that LiteRT does not take."""
    folder = shared_data / "models/negative"
    for name, op in (
        ("mobilenet_v1_0.25_128_quant_edgetpu.tflite", "edgetpu-custom-op"),
        ("model_invoking_error.tflite", "fake-op-double"),
    ):
        assert model_file.read(model_file.read_bytes(folder / name)).ops == (Op(op, 1, custom=True),)


def test_weights_that_lie_behind_the_flatbuffer_count(shared_data: Path) -> None:
    """Large models keep them there."""
    found = model_file.read(model_file.read_bytes(shared_data / "models/backbone/lite0_features_int8.tflite"))
    assert found.weights_bytes["int8"] > 3_000_000
