from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from float_model import SIDE_PX, write_float_model
from okko.errors import ModelError
from workshop.conversion.quantise import quantise

SHIPPED = Path(__file__).parents[3] / "models" / "duck-quality" / "model.tflite"


def flat(red: float, green: float) -> NDArray[np.float32]:
    """An evenly coloured picture as the float model takes it."""
    return np.broadcast_to(np.array([red, green, 0.0], np.float32), (1, SIDE_PX, SIDE_PX, 3)).copy()


def ends(path: Path) -> list[tuple[str, float, int]]:
    """Type, scale and zero point of the input and of the output."""
    interpreter = Interpreter(str(path))
    return [
        (np.dtype(tensor["dtype"]).name, *tensor["quantization"])
        for tensor in (*interpreter.get_input_details(), *interpreter.get_output_details())
    ]


def test_int8_is_int8_from_end_to_end(float_model: Path, tmp_path: Path) -> None:
    """A pixel is one step of the input, a softmax has 256 steps: nothing is lost where the picture goes in."""
    quantise(float_model, tmp_path / "int8.tflite", "int8", [flat(0.0, 255.0), flat(255.0, 0.0)])
    assert ends(tmp_path / "int8.tflite") == [("int8", 1.0, -128), ("int8", 1 / 256, -128)]


def test_dynamic_takes_and_gives_what_the_float_model_does(float_model: Path, tmp_path: Path) -> None:
    """Only what is inside becomes smaller."""
    quantise(float_model, tmp_path / "dynamic.tflite", "dynamic")
    assert ends(tmp_path / "dynamic.tflite") == ends(float_model) == [("float32", 0.0, 0)] * 2
    assert (tmp_path / "dynamic.tflite").read_bytes() != float_model.read_bytes()


def test_one_rare_picture_widens_what_is_learnt(float_model: Path, tmp_path: Path) -> None:
    """Wherever it stands among the others: an average over them would cut off its score."""
    usual, rare = [flat(60.0, 50.0)] * 30, flat(250.0, 0.0)
    quantise(float_model, tmp_path / "first.tflite", "int8", [rare, *usual])
    quantise(float_model, tmp_path / "last.tflite", "int8", [*usual, rare])
    assert (tmp_path / "first.tflite").read_bytes() == (tmp_path / "last.tflite").read_bytes()
    interpreter = Interpreter(str(tmp_path / "last.tflite"))
    interpreter.allocate_tensors()
    scale, zero_point = interpreter.get_input_details()[0]["quantization"]
    interpreter.set_tensor(
        interpreter.get_input_details()[0]["index"], np.round(rare / scale + zero_point).astype(np.int8)
    )
    interpreter.invoke()
    red, green = (interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0] + 128.0) / 256
    assert red > 0.99
    assert green < 0.01


def test_a_quantised_model_is_not_quantised_again(tmp_path: Path) -> None:
    """The error names the file, what was found in it, and which file is wanted."""
    with pytest.raises(ModelError, match=r"model\.tflite: is quantised already .* is int8\)\. Give the float file"):
        quantise(SHIPPED, tmp_path / "twice.tflite", "dynamic")


def test_a_model_without_a_signature_has_another_way(tmp_path: Path) -> None:
    """Old converters wrote none: int8 is refused with what works instead, and that works."""
    old = write_float_model(tmp_path / "old.tflite", with_signature=False)
    with pytest.raises(ModelError, match="--quantize dynamic"):
        quantise(old, tmp_path / "int8.tflite", "int8", [flat(0.0, 255.0)])
    quantise(old, tmp_path / "dynamic.tflite", "dynamic")
    assert (tmp_path / "dynamic.tflite").is_file()
