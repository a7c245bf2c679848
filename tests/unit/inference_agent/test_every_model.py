"""Every third-party model: what it gives here is what a plain Interpreter gives, or the refusal says why not."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from decision_agent.rules import MaxArea, MinArea
from inference_agent import maps
from inference_agent.bundle import Bundle, Input
from inference_agent.decoders.anchors import anchors_of
from inference_agent.decoders.decoded import Decoded
from inference_agent.images import Picture, open_picture
from inference_agent.model import Model
from inference_agent.preprocess import Preprocessor
from inference_agent.runtime import Network
from okko.contracts import Frame, Prediction, decode, encode
from okko.errors import ModelError

MakeFrame = Callable[..., Frame]

HALF = {"mean": 127.5, "std": 127.5}
BYTE = {"std": 255}
CLASSIFIER = {"kind": "classification"}
FACES = {
    "kind": "anchors",
    "layers": [{"cells": [16, 16], "repeat": 2}, {"cells": [8, 8], "repeat": 6}],
    "scale": [128, 128, 128, 128],
    "order": "xywh",
    "size": "linear",
    "min_score": 0.9,
    "iou_threshold": 0.3,
}
MODELS: dict[str, tuple[dict[str, Any], dict[str, Any], int]] = {
    "automl_labeler_model": (HALF, CLASSIFIER, 0),
    "coco_ssd_mobilenet_v1_1.0_quant_2018_06_29": ({"mean": 128, "std": 128}, {"kind": "ssd", "min_score": 0.5}, 0),
    "deeplabv3_f32": (HALF, {"kind": "segmentation", "activation": "softmax", "background": "background"}, 0),
    "dilated_conv": ({"size_px": (64, 32)}, {"kind": "segmentation"}, 16),
    "face_detection_short_range": ({**HALF, "resize": "letterbox", "pad": 0}, FACES, 1),
    "mobilenet_v1_0.25_128_quant": ({"mean": 128, "std": 128}, CLASSIFIER, 0),
    "pretrainedResnet_quant": ({}, CLASSIFIER, 10),
    "selfie_segmentation": (BYTE, {"kind": "segmentation"}, 1),
    "tf2_mobilenet_v2_1.0_224_ptq": (HALF, CLASSIFIER, 0),
    "untrained_float16_weights": (BYTE, CLASSIFIER, 2),
    "untrained_int16_act_io": (BYTE, CLASSIFIER, 2),
    "untrained_nchw_int8in_f32out": (BYTE, {**CLASSIFIER, "activation": "softmax"}, 2),
    "untrained_tf_uint8_io": ({}, CLASSIFIER, 2),
    "vio_teachable_uint8": (HALF, CLASSIFIER, 2),
    "vio_yolo_coco_nano_int8": ({**BYTE, "resize": "letterbox"}, {"kind": "yolo", "min_score": 0.5}, 0),
    "vww_96_float": (BYTE, CLASSIFIER, 2),
}
"""Input, decoder, and how many labels are made up: none where the file carries its own."""

REFUSED = {
    "ad01_int8": ("rgb", r"its input is \[-1, 640\], a picture needs"),
    "kws_ref_model": ("gray", r"10 x 49 values with one channel.*sound"),
    "split_concat": ("rgb", r"3 inputs.*one picture"),
}


def path_of(shared_data: Path, name: str) -> Path:
    """The file of a third-party model."""
    return shared_data / "models" / "thirdparty" / f"{name}.tflite"


def model_of(shared_data: Path, name: str) -> Model:
    """A model of the table, ready to look."""
    settings, decoder, labels = MODELS[name]
    names = ["face"] if labels == 1 else [f"class-{i}" for i in range(labels)]
    bundle = {"name": "test", "version": "1", "file": f"{name}.tflite", "labels": names}
    folder = shared_data / "models" / "thirdparty"
    return Model(folder, Bundle.model_validate({**bundle, "input": settings, "decoder": decoder}))


def photo_of(shared_data: Path, name: str) -> NDArray[np.uint8]:
    """A photograph, BGR."""
    image = cv2.imread(str(shared_data / "images" / "sample_photos" / name))
    assert image is not None
    return np.asarray(image, np.uint8)


def picture(frame: MakeFrame, image: NDArray[np.uint8]) -> Picture:
    """It as a raw frame."""
    return open_picture(frame(np.ascontiguousarray(image).tobytes(), image.shape[1], image.shape[0], "raw-bgr8"))


def plain(path: Path, image: NDArray[np.uint8], settings: dict[str, Any]) -> list[NDArray[np.float64]]:
    """The outputs of LiteRT alone, fed by hand with a BGR picture of the size of its input, as real numbers."""
    bare = Interpreter(model_path=str(path))
    (given,) = bare.get_input_details()
    pixels = image[:, :, ::-1]
    values: NDArray[Any] = (pixels.astype(np.float64) - settings.get("mean", 0)) / settings.get("std", 1)
    if given["dtype"] is np.float32:
        # In the preprocessor's own arithmetic: of a model that quantises its float input the last bit moves a step.
        factor = np.float32(1) / np.float32(settings.get("std", 1))
        values = pixels.astype(np.float32) * factor - np.float32(settings.get("mean", 0)) * factor
    if 3 not in given["shape"][3:]:
        values = values.transpose(2, 0, 1)
    bare.resize_tensor_input(given["index"], [1, *values.shape])
    bare.allocate_tensors()
    dtype, (scale, zero_point) = given["dtype"], given["quantization"]
    if np.dtype(dtype).kind in "iu":
        limits = np.iinfo(dtype)
        values = np.clip(np.rint(values / scale + zero_point), limits.min, limits.max)
    bare.set_tensor(given["index"], values[None].astype(dtype))
    bare.invoke()
    outputs = []
    for taken in bare.get_output_details():
        raw, (scale, zero_point) = bare.get_tensor(taken["index"]).astype(np.float64), taken["quantization"]
        outputs.append((raw - zero_point) * scale if scale else raw)
    return outputs


def test_every_file_is_in_one_of_the_tables(shared_data: Path) -> None:
    """A model that comes to the folder is tried, or refused for a reason, by these tests."""
    files = {path.stem for path in (shared_data / "models" / "thirdparty").glob("*.tflite")}
    assert files == set(MODELS) | set(REFUSED)


@pytest.mark.parametrize("name", MODELS)
def test_outputs_are_those_of_a_plain_interpreter(shared_data: Path, name: str) -> None:
    """Any type, either layout, with or without a fixed size: what comes out is what LiteRT alone gives."""
    settings = Input.model_validate(MODELS[name][0])
    network = Network(path_of(shared_data, name), settings)
    size = (network.input.width_px, network.input.height_px)
    image = np.asarray(cv2.resize(photo_of(shared_data, "pets.jpg"), size, interpolation=cv2.INTER_AREA), np.uint8)
    Preprocessor(settings, network.input).fill(image, network.input_view())
    found = network.invoke()
    expected = plain(path_of(shared_data, name), image, MODELS[name][0])
    assert len(found) == len(expected)
    for output, values in zip(found, expected, strict=True):
        assert output.values.shape == values.shape
        assert np.abs(output.values - values).max() <= 1e-5 * max(1.0, float(np.abs(values).max()))


@pytest.mark.parametrize("name", MODELS)
def test_each_model_gives_a_small_prediction(shared_data: Path, frame: MakeFrame, name: str) -> None:
    """A photograph through the whole of it gives an answer of its task with sensible numbers, in a few kilobytes."""
    model = model_of(shared_data, name)
    decoded = model.look(picture(frame, photo_of(shared_data, "grace_hopper.bmp"))).decoded
    assert decoded.task == model.task
    numbers = [d.score for d in decoded.detections or ()] + list((decoded.areas or decoded.scores or {}).values())
    assert numbers
    assert all(0 <= number <= 1 for number in numbers)
    assert len(encode(_prediction(model, decoded))) < 20_000


def _prediction(model: Model, decoded: Decoded) -> Prediction:
    return Prediction(
        item_id="i",
        camera="top",
        frame_id="f",
        model=model.ref,
        task=decoded.task,
        label=decoded.label,
        score=decoded.score,
        scores=decoded.scores,
        detections=decoded.detections,
        areas=decoded.areas,
        map=decoded.map,
    )


@pytest.mark.parametrize("name", REFUSED)
def test_what_takes_no_picture_is_refused(shared_data: Path, name: str) -> None:
    """Sound, several inputs, a row of numbers: the reason says what the model wants."""
    color, why = REFUSED[name]
    with pytest.raises(ModelError, match=why):
        Network(path_of(shared_data, name), Input.model_validate({"color": color}))


def test_the_face_is_found_where_it_is(shared_data: Path, frame: MakeFrame) -> None:
    """One face, at the place that the best raw box of a plain Interpreter has when it is worked out by hand."""
    image = photo_of(shared_data, "grace_hopper.bmp")
    decoded = model_of(shared_data, "face_detection_short_range").look(picture(frame, image)).decoded
    (face,) = decoded.detections or ()
    wide = round(image.shape[1] * 128 / image.shape[0])
    left = (128 - wide) // 2
    small = np.zeros((128, 128, 3), np.uint8)
    small[:, left : left + wide] = cv2.resize(image, (wide, 128), interpolation=cv2.INTER_AREA)
    boxes, scores = plain(path_of(shared_data, "face_detection_short_range"), small, HALF)
    best = int(scores.argmax())
    assert face.score == pytest.approx(1 / (1 + math.exp(-float(scores[0, best, 0]))), abs=0.01)
    assert best < 16 * 16 * 2  # two anchors in each cell of the first grid
    row, column = divmod(best // 2, 16)
    x, y, w, h = boxes[0, best, :4]
    x, y = x + (column + 0.5) * 8, y + (row + 0.5) * 8
    expected = ((x - w / 2 - left) / wide, (y - h / 2) / 128, (x + w / 2 - left) / wide, (y + h / 2) / 128)
    assert face.box == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(("photo", "label"), [("cat.bmp", "cat"), ("grace_hopper.bmp", "person")])
def test_a_segmentation_sees_what_argmax_sees(shared_data: Path, frame: MakeFrame, photo: str, label: str) -> None:
    """Areas, box and map of what is on the photograph are those of the plain output's greatest class."""
    image = photo_of(shared_data, photo)
    model = model_of(shared_data, "deeplabv3_f32")
    decoded = model.look(picture(frame, image)).decoded
    small = np.asarray(cv2.resize(image, (257, 257), interpolation=cv2.INTER_AREA), np.uint8)
    classes = plain(path_of(shared_data, "deeplabv3_f32"), small, HALF)[0][0].argmax(axis=-1)
    assert decoded.areas is not None
    share = float((classes == max(range(1, 21), key=lambda k: int((classes == k).sum()))).mean())
    assert decoded.areas[label] == pytest.approx(share, abs=0.02)
    assert sum(decoded.areas.values()) == pytest.approx(1, abs=1e-4)
    assert label in {d.label for d in decoded.detections or ()}
    assert "background" not in {d.label for d in decoded.detections or ()}
    assert decoded.map is not None
    pixels = maps.pixels(decoded.map)
    assert (pixels == decoded.map.labels.index(label)).mean() == pytest.approx(share, abs=0.05)


def test_a_mask_is_what_is_above_the_threshold(shared_data: Path, frame: MakeFrame) -> None:
    """The area is the share of the plain output at one half and above."""
    image = photo_of(shared_data, "grace_hopper.bmp")
    decoded = model_of(shared_data, "selfie_segmentation").look(picture(frame, image)).decoded
    small = np.asarray(cv2.resize(image, (256, 256), interpolation=cv2.INTER_AREA), np.uint8)
    (mask,) = plain(path_of(shared_data, "selfie_segmentation"), small, BYTE)
    assert decoded.areas is not None
    assert decoded.areas["face"] == pytest.approx(float((mask >= 0.5).mean()), abs=0.02)
    assert 0.1 < decoded.areas["face"] < 0.95


def test_areas_reach_the_rules(shared_data: Path, frame: MakeFrame) -> None:
    """What the model sees on the photograph of the cat, sent and received, is judged by its area."""
    model = model_of(shared_data, "deeplabv3_f32")
    seen = model.look(picture(frame, photo_of(shared_data, "cat.bmp"))).decoded
    received = decode(Prediction, encode(_prediction(model, seen)))
    assert MaxArea(camera="top", label="cat", area=0.2).judge(received).verdict == "KO"
    assert MaxArea(camera="top", label="cat", area=0.6).judge(received).verdict == "OK"
    assert MinArea(camera="top", label="cat", area=0.2).judge(received).verdict == "OK"
    assert MinArea(camera="top", label="dog", area=0.01).judge(received).verdict == "KO"


def test_the_first_picture_finds_all_that_it_needs(shared_data: Path) -> None:
    """A decoder has run before the first part comes: what it builds on its first pass is there."""
    anchors_of.cache_clear()
    model_of(shared_data, "face_detection_short_range")
    assert anchors_of.cache_info().currsize == 1
