"""From a picture to the model's input, against a plain reference that does one step after the other."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference_agent.bundle import Input
from inference_agent.images import open_picture
from inference_agent.preprocess import Preprocessor
from inference_agent.tensor import TensorSpec
from okko.contracts import Frame

Photo = Callable[[int, int], NDArray[np.uint8]]


def tensor(
    width: int = 24, height: int = 16, dtype: str = "float32", scale: float = 0.0, zero_point: int = 0, **other: Any
) -> TensorSpec:
    """An input tensor; what a test does not care about has sensible values."""
    layout = {"channels": 3, "channels_first": False, **other}
    return TensorSpec("input", width, height, dtype=np.dtype(dtype), scale=scale, zero_point=zero_point, **layout)


def filled(settings: Input, spec: TensorSpec, image: NDArray[np.uint8]) -> NDArray[Any]:
    """The input that the preprocessor writes."""
    target = np.zeros(spec.shape, spec.dtype)
    Preprocessor(settings, spec).fill(image, target)
    return target


def plain(settings: Input, spec: TensorSpec, image: NDArray[np.uint8]) -> NDArray[Any]:
    """Step by step, as the documentation says it."""
    height, width = image.shape[:2]
    wide, high = spec.width_px, spec.height_px
    if settings.resize == "crop":
        ratio = max(wide / width, high / height)
        w, h = min(width, round(wide / ratio)), min(height, round(high / ratio))
        image = image[(height - h) // 2 : (height - h) // 2 + h, (width - w) // 2 : (width - w) // 2 + w]
    if settings.resize == "letterbox":
        ratio = min(wide / width, high / height)
        w, h = round(width * ratio), round(height * ratio)
        canvas = np.full((high, wide, 3), round(settings.pad), np.uint8)
        top, left = (high - h) // 2, (wide - w) // 2
        canvas[top : top + h, left : left + w] = reduced(image, w, h)
    else:
        canvas = reduced(image, wide, high)
    if settings.color == "rgb":
        canvas = canvas[:, :, ::-1]
    if settings.color == "gray":
        canvas = np.asarray(cv2.cvtColor(canvas, cv2.COLOR_BGR2GRAY), np.uint8)[:, :, None]
    values = (canvas.astype(np.float64) - np.array(settings.mean)) / np.array(settings.std)
    if spec.scale:
        values = values / spec.scale + spec.zero_point
    if spec.dtype.kind in "iu":
        limits = np.iinfo(spec.dtype)
        values = np.clip(np.rint(values), limits.min, limits.max)
    if spec.channels_first:
        values = values.transpose(2, 0, 1)
    result: NDArray[Any] = values[None].astype(spec.dtype)
    return result


def reduced(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """The picture in another size: averaged where it becomes much smaller, and only then made larger."""
    coarse = image.shape[1] >= 2 * width or image.shape[0] >= 2 * height
    if coarse:
        less = (min(width, image.shape[1]), min(height, image.shape[0]))
        image = np.asarray(cv2.resize(image, less, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


TENSORS: dict[str, tuple[TensorSpec, dict[str, Any]]] = {
    "uint8 as it is": (tensor(dtype="uint8", scale=1.0), {}),
    "uint8 of no scale": (tensor(dtype="uint8"), {}),
    "uint8 normalised": (tensor(dtype="uint8", scale=0.0078125, zero_point=128), {"mean": 127.5, "std": 127.5}),
    "int8 shifted": (tensor(dtype="int8", scale=1.0, zero_point=-128), {}),
    "int8 scaled": (tensor(dtype="int8", scale=0.9516609, zero_point=-128), {}),
    "int8 by channel": (tensor(dtype="int8", scale=0.02, zero_point=3), {"mean": [123, 117, 104], "std": [58, 57, 59]}),
    "int16": (tensor(dtype="int16", scale=3.05e-5), {"std": 255.0}),
    "float16": (tensor(dtype="float16"), {"mean": 127.5, "std": 127.5}),
    "float32 as it is": (tensor(), {}),
    "float32 normalised": (tensor(), {"mean": 127.5, "std": 127.5}),
    "float32 by channel": (tensor(), {"mean": [123.7, 116.3, 103.5], "std": [58.4, 57.1, 57.4]}),
    "float32 channels first": (tensor(channels_first=True), {"mean": [1, 2, 3], "std": 2.0}),
    "int8 channels first": (tensor(dtype="int8", scale=0.00392, zero_point=-128, channels_first=True), {"std": 255.0}),
    "int8 shifted channels first": (tensor(dtype="int8", scale=1.0, zero_point=-128, channels_first=True), {}),
    "int8 by channel, channels first": (
        tensor(dtype="int8", scale=0.02, channels_first=True),
        {"mean": [123, 117, 104], "std": [58, 57, 59]},
    ),
}


@pytest.mark.parametrize("resize", ["stretch", "letterbox", "crop"])
@pytest.mark.parametrize("color", ["rgb", "bgr"])
@pytest.mark.parametrize("name", TENSORS)
def test_the_input_is_that_of_the_plain_reference(photo: Photo, resize: str, color: str, name: str) -> None:
    """Each way to resize, order of colours, type and quantisation gives the values that the documentation promises."""
    spec, normalise = TENSORS[name]
    settings = Input.model_validate({"resize": resize, "color": color, **normalise})
    for size in ((37, 21), (21, 37), (100, 64), (24, 16), (8, 5)):
        image = photo(*size)
        found, expected = filled(settings, spec, image), plain(settings, spec, image)
        if spec.dtype.kind == "f":
            np.testing.assert_allclose(found, expected, rtol=1e-3 if spec.dtype == np.float16 else 1e-5, atol=2e-5)
        else:
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "float32"])
def test_a_grey_model_gets_one_channel(photo: Photo, dtype: str, first: bool) -> None:
    """Models of one channel see the grey picture."""
    spec = tensor(dtype=dtype, scale=0 if dtype == "float32" else 1.0, zero_point=-128 if dtype == "int8" else 0)
    spec = TensorSpec("i", spec.width_px, spec.height_px, 1, first, spec.dtype, spec.scale, spec.zero_point)
    settings = Input(color="gray", resize="letterbox")
    np.testing.assert_array_equal(filled(settings, spec, photo(40, 40)), plain(settings, spec, photo(40, 40)))


def test_nothing_of_the_last_picture_stays(photo: Photo) -> None:
    """A wide picture after a high one has clean margins: buffers are used again, pictures are not mixed."""
    settings, spec = Input(resize="letterbox"), tensor(dtype="uint8", scale=1.0)
    preprocessor = Preprocessor(settings, spec)
    target = np.zeros(spec.shape, spec.dtype)
    for size in ((10, 40), (40, 10), (24, 16), (10, 40)):
        preprocessor.fill(photo(*size), target)
        np.testing.assert_array_equal(target, plain(settings, spec, photo(*size)))


@example("stretch", (20, 109), (21, 8), (0.5, 0.328125))
@given(
    st.sampled_from(["stretch", "letterbox", "crop"]),
    st.tuples(st.integers(20, 200), st.integers(20, 200)),
    st.tuples(st.integers(8, 64), st.integers(8, 64)),
    st.tuples(st.floats(0.3, 0.7), st.floats(0.3, 0.7)),
)
def test_a_mark_is_found_where_it_was(
    resize: str, size: tuple[int, int], input_size: tuple[int, int], where: tuple[float, float]
) -> None:
    """A bright mark in the picture, found in the model's input, is mapped back to where it was drawn."""
    image = np.zeros((size[1], size[0], 3), np.uint8)
    x, y = int(where[0] * size[0]), int(where[1] * size[1])
    # As large as a pixel of the input: where one side shrinks and the other grows, a smaller one is passed over.
    reach_x, reach_y = (max(1, side // 20, side // pixels) for side, pixels in zip(size, input_size, strict=True))
    image[y - reach_y : y + reach_y + 1, x - reach_x : x + reach_x + 1] = 255
    spec = tensor(*input_size, dtype="float32")
    target = np.zeros(spec.shape, np.float32)
    geometry = Preprocessor(Input.model_validate({"resize": resize, "pad": 0}), spec).fill(image, target)
    weights = target[0, :, :, 0].astype(np.float64)
    if weights.sum() == 0:
        # A crop to a very different shape may leave the mark out.
        assert resize == "crop"
        return
    rows, columns = np.mgrid[: input_size[1], : input_size[0]] + 0.5
    found = geometry.to_frame(
        float((columns * weights).sum() / weights.sum() / input_size[0]),
        float((rows * weights).sum() / weights.sum() / input_size[1]),
    )
    touches_border = resize == "crop" and (weights[[0, -1]].any() or weights[:, [0, -1]].any())
    if not touches_border:
        tolerance_x = 1.0 / size[0] + geometry.scale_x * 0.8 / input_size[0]
        tolerance_y = 1.0 / size[1] + geometry.scale_y * 0.8 / input_size[1]
        assert found[0] == pytest.approx((x + 0.5) / size[0], abs=tolerance_x)
        assert found[1] == pytest.approx((y + 0.5) / size[1], abs=tolerance_y)


@pytest.mark.parametrize(
    ("resize", "expected"), [("stretch", (0, 0, 1, 1)), ("letterbox", (0, -0.5, 1, 1.5)), ("crop", (0.25, 0, 0.75, 1))]
)
def test_the_corners_of_the_input_lie_where_they_should(
    photo: Photo, resize: str, expected: tuple[float, float, float, float]
) -> None:
    """A picture twice as wide as high in a square input: whole, with margins above and below, or its middle half."""
    spec = tensor(32, 32)
    geometry = Preprocessor(Input.model_validate({"resize": resize}), spec).fill(
        photo(128, 64), np.zeros(spec.shape, np.float32)
    )
    assert (*geometry.to_frame(0, 0), *geometry.to_frame(1, 1)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("resize", "size", "scaled", "expected"),
    [
        ("stretch", (640, 480), True, 4),
        ("stretch", (640, 480), False, 1),
        ("stretch", (300, 300), True, 2),
        ("stretch", (50, 50), True, 1),
        ("letterbox", (1920, 192), True, 8),
        ("crop", (1920, 192), True, 2),
        ("stretch", (2000, 2000), True, 8),
    ],
)
def test_a_jpeg_is_decoded_no_larger_than_needed(
    frame: Callable[..., Frame], resize: str, size: tuple[int, int], scaled: bool, expected: int
) -> None:
    """The scale is the smallest picture that covers what the model sees; `scaled_decode = false` turns that off."""
    picture = open_picture(frame(bytes(size[0] * size[1] * 3), *size, "raw-bgr8"))
    settings = Input.model_validate({"resize": resize, "scaled_decode": scaled})
    assert Preprocessor(settings, tensor(96, 96)).scale_for(picture) == expected
