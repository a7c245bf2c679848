"""Which models are taken, and what is said of those that are not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference_agent.bundle import Input
from inference_agent.runtime import Network, input_spec
from okko.errors import ModelError


def detail(shape: list[int], dtype: type = np.uint8, **other: Any) -> dict[str, Any]:
    """An input as LiteRT describes it."""
    fixed = [1 if n < 0 else n for n in shape]
    given = {"name": "input", "shape": np.array(fixed), "shape_signature": np.array(shape), "quantization": (0.5, 3)}
    return {**given, "dtype": dtype, **other}


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ([1, 96, 64, 3], (64, 96, 3, False)),
        ([-1, 96, 64, 3], (64, 96, 3, False)),
        ([1, 3, 96, 64], (64, 96, 3, True)),
        ([1, 3, 3, 3], (3, 3, 3, False)),
    ],
)
def test_the_layout_is_found(shape: list[int], expected: tuple[int, int, int, bool]) -> None:
    """Width, height and channels are found in either layout; any batch size means one picture."""
    spec = input_spec(detail(shape), Input())
    assert (spec.width_px, spec.height_px, spec.channels, spec.channels_first) == expected
    assert (spec.scale, spec.zero_point) == (0.5, 3)


def test_a_model_without_a_size_is_given_one() -> None:
    """`size_px` is width and height of an input that has no fixed size."""
    spec = input_spec(detail([1, -1, -1, 3]), Input(size_px=(320, 240)))
    assert spec.shape == (1, 240, 320, 3)


@pytest.mark.parametrize(
    ("given", "settings", "why"),
    [
        (detail([1, 640]), Input(), "a picture needs"),
        (detail([2, 96, 96, 3]), Input(), "a picture needs"),
        (detail([1, 49, 49, 1]), Input(), "1 channels"),
        (detail([1, 49, 10, 1]), Input(color="gray"), "sound"),
        (detail([1, 96, 96, 3]), Input(color="gray"), "3 channels"),
        (detail([1, 96, 96, 2]), Input(), "neither 1 nor 3"),
        (detail([1, 96, 96, 3], np.int64), Input(), "int64"),
        (detail([1, -1, -1, 3]), Input(), "size_px"),
        (detail([1, 96, 96, 3]), Input(size_px=(96, 64)), "96 pixels"),
    ],
)
def test_an_input_that_takes_no_picture_is_refused(given: dict[str, Any], settings: Input, why: str) -> None:
    """The reason names what the model wants and, where it helps, the key to mend."""
    with pytest.raises(ValueError, match=why):
        input_spec(given, settings)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot be read"),
        (b"", "is empty"),
        (b"hello, this is text", "TFL3"),
        (b"\x1c\0\0\0TFL3", "truncated or damaged"),
        (b"\x1c\0\0\0TFL3" + bytes(1000), "truncated or damaged"),
    ],
)
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes | None, why: str) -> None:
    """What is wrong with the file is said, and the file is named."""
    path = tmp_path / "model.tflite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        Network(path, Input())
    assert why in str(caught.value)
    assert "model.tflite" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("truncated", "truncated or damaged"),
        ("mobilenet_v1_0.25_128_quant_edgetpu", "Edge TPU"),
        (
            "tflm_person_detect_bad_quant_axis",
            "axis of tensor 33 is wrong (quantized_dimension must be in range [0, 1). Was 3). Convert",
        ),
        ("model_invoking_error", "custom op 'fake-op-double'"),
    ],
)
def test_the_negative_models_are_refused(shared_data: Path, name: str, why: str) -> None:
    """Each broken model is refused with the reason and, where there is one, the way out."""
    with pytest.raises(ModelError) as caught:
        Network(
            shared_data / "models" / "negative" / f"{name}.tflite", Input(color="gray" if "person" in name else "rgb")
        )
    assert why in str(caught.value)


@pytest.mark.parametrize(("name", "why"), [("split_concat", "3 inputs"), ("ad01_int8", "a picture needs")])
def test_models_of_other_things_are_refused(shared_data: Path, name: str, why: str) -> None:
    """Several inputs, or one that is no picture, are refused before anything runs."""
    with pytest.raises(ModelError, match=why):
        Network(shared_data / "models" / "thirdparty" / f"{name}.tflite", Input())


def test_an_unknown_custom_op_is_named(shared_data: Path, tmp_path: Path) -> None:
    """A model with an op that LiteRT does not have is refused, and the op is named."""
    content = (shared_data / "models" / "negative" / "mobilenet_v1_0.25_128_quant_edgetpu.tflite").read_bytes()
    path = tmp_path / "model.tflite"
    path.write_bytes(content.replace(b"edgetpu-custom-op", b"another-custom-op"))
    with pytest.raises(ModelError, match="another-custom-op"):
        Network(path, Input())


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("pretrainedResnet_quant", Input()),
        ("vww_96_float", Input()),
        ("untrained_float16_weights", Input()),
        ("untrained_int16_act_io", Input()),
        ("untrained_nchw_int8in_f32out", Input()),
        ("untrained_tf_uint8_io", Input()),
        ("vio_teachable_uint8", Input()),
        ("automl_labeler_model", Input()),
        ("selfie_segmentation", Input()),
        ("dilated_conv", Input(size_px=(64, 32))),
    ],
)
def test_every_kind_of_model_runs(shared_data: Path, name: str, settings: Input) -> None:
    """All types and layouts load, take their input in place and give real numbers of the announced shapes."""
    network = Network(shared_data / "models" / "thirdparty" / f"{name}.tflite", settings)
    network.input_view()[...] = 1
    outputs = network.invoke()
    assert len(network.sha256) == 64
    for output, spec in zip(outputs, network.outputs, strict=True):
        assert output.values.dtype == np.float32
        assert output.values.shape == spec.shape
        assert np.isfinite(output.values).all()
