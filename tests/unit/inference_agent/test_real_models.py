"""Real models on real pictures: what they are known to see, they see here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from inference_agent.bundle import Bundle
from inference_agent.images import Picture, open_picture
from inference_agent.model import Model
from okko.contracts import Frame
from okko.errors import ModelError

MakeFrame = Callable[..., Frame]

SSD = {
    "file": "thirdparty/coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.tflite",
    "input": {"mean": 128, "std": 128},
    "decoder": {"kind": "ssd", "min_score": 0.5},
}
YOLO = {
    "file": "thirdparty/vio_yolo_coco_nano_int8.tflite",
    "input": {"std": 255, "resize": "letterbox"},
    "decoder": {"kind": "yolo", "min_score": 0.6},
}
CASTING = {"file": "trained/castsub96_okko_int8.tflite", "labels": ["OK", "KO"], "decoder": {"kind": "classification"}}


def model(shared_data: Path, **settings: Any) -> Model:
    """A model of the data folder, ready to look."""
    folder = shared_data / "models"
    bundle = Bundle.model_validate({"name": "test", "version": "1", **settings})
    return Model(folder, bundle)


def picture_of(frame: MakeFrame, path: Path) -> Picture:
    """A picture of the data folder; a bitmap becomes a raw frame."""
    if path.suffix == ".bmp":
        image = cv2.imread(str(path))
        assert image is not None
        return open_picture(frame(image.tobytes(), image.shape[1], image.shape[0], "raw-bgr8"))
    data = path.read_bytes()
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return open_picture(frame(data, image.shape[1], image.shape[0]))


@pytest.mark.parametrize("scaled_decode", [True, False])
def test_the_casting_classifier_is_as_good_as_measured(
    shared_data: Path, frame: MakeFrame, scaled_decode: bool
) -> None:
    """Accuracy on the 715 test pictures is that of the training report, .9091, with either way to decode."""
    classifier = model(shared_data, **CASTING, input={"scaled_decode": scaled_decode})
    right = total = 0
    for label in ("OK", "KO"):
        for path in sorted((shared_data / "images" / "casting_subset" / "test" / label).glob("*")):
            right += classifier.look(picture_of(frame, path)).decoded.label == label
            total += 1
    assert total == 715
    assert right / total == pytest.approx(0.9091, abs=0.005)


@pytest.mark.parametrize(("detector", "tolerance"), [(SSD, 0.08), (YOLO, 0.05)])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cat.bmp", [("cat", (0.09, 0.11, 0.71, 0.98))]),
        ("pets.jpg", [("dog", (0.22, 0.13, 0.50, 0.68)), ("dog", (0.67, 0.38, 0.97, 0.86))]),
    ],
)
def test_detectors_find_the_animals(
    *,
    shared_data: Path,
    frame: MakeFrame,
    detector: dict[str, Any],
    tolerance: float,
    name: str,
    expected: list[tuple[str, tuple[float, ...]]],
) -> None:
    """Both detectors find the cat and the two dogs, where they are."""
    seen = model(shared_data, **detector).look(picture_of(frame, shared_data / "images" / "sample_photos" / name))
    found = sorted(seen.decoded.detections or (), key=lambda d: d.box)
    assert [d.label for d in found] == [label for label, _ in expected]
    for detection, (_, box) in zip(found, expected, strict=True):
        assert detection.box == pytest.approx(box, abs=tolerance)


def test_boxes_of_a_region_of_interest_belong_to_the_full_frame(shared_data: Path, frame: MakeFrame) -> None:
    """The right dog, cut out by the camera, is found where it is in the full frame."""
    image = cv2.imread(str(shared_data / "images" / "sample_photos" / "pets.jpg"))
    assert image is not None
    height, width = image.shape[:2]
    roi = (0.55, 0.3, 1.0, 0.95)
    x0, y0, x1, y1 = (round(v * s) for v, s in zip(roi, (width, height, width, height), strict=True))
    part = np.ascontiguousarray(image[y0:y1, x0:x1])
    picture = open_picture(frame(part.tobytes(), part.shape[1], part.shape[0], "raw-bgr8"))
    (dog,) = model(shared_data, **YOLO).look(picture, roi).decoded.detections or ()
    assert dog.label == "dog"
    assert dog.box == pytest.approx((0.67, 0.38, 0.97, 0.86), abs=0.05)


@pytest.mark.parametrize(
    ("name", "mean", "std"),
    [
        ("mobilenet_v1_0.25_128_quant", 128, 128),
        ("tf2_mobilenet_v2_1.0_224_ptq", 127.5, 127.5),
        ("automl_labeler_model", 127.5, 127.5),
    ],
)
def test_a_classifier_says_what_a_bare_interpreter_says(
    shared_data: Path, frame: MakeFrame, name: str, mean: float, std: float
) -> None:
    """Scores are those of LiteRT alone, fed with the picture resized, normalised and quantised by hand."""
    path = shared_data / "models" / "thirdparty" / f"{name}.tflite"
    bare = Interpreter(model_path=str(path))
    bare.allocate_tensors()
    (given,), (taken,) = bare.get_input_details(), bare.get_output_details()
    image = cv2.imread(str(shared_data / "images" / "sample_photos" / "cat.bmp"))
    assert image is not None
    side = given["shape"][1]
    small = cv2.resize(image, (side * 3 // 2, side * 3 // 2), interpolation=cv2.INTER_AREA)
    resized = cv2.cvtColor(cv2.resize(small, (side, side)), cv2.COLOR_BGR2RGB)
    scale, zero_point = given["quantization"]
    values = np.rint((resized.astype(np.float64) - mean) / std / scale + zero_point)
    bare.set_tensor(given["index"], np.clip(values, 0, 255)[None].astype(np.uint8))
    bare.invoke()
    scale, zero_point = taken["quantization"]
    expected = (bare.get_tensor(taken["index"])[0].astype(np.float64) - zero_point) * scale
    picture = open_picture(frame(np.asarray(small).tobytes(), small.shape[1], small.shape[0], "raw-bgr8"))
    classifier = model(
        shared_data,
        file=f"thirdparty/{name}.tflite",
        labels=[f"class-{i}" for i in range(len(expected))],
        input={"mean": mean, "std": std},
        decoder={"kind": "classification"},
    )
    found = classifier.look(picture).decoded.scores
    assert found is not None
    best = np.argsort(-expected, kind="stable")[:20]
    assert list(found) == [f"class-{i}" for i in best]
    assert list(found.values()) == pytest.approx(expected[best].tolist(), abs=1e-5)


def test_labels_that_do_not_fit_are_refused(shared_data: Path) -> None:
    """A model whose outputs and labels differ in number is not run."""
    with pytest.raises(ModelError, match="3 labels"):
        model(shared_data, **{**CASTING, "labels": ["OK", "KO", "maybe"]})


def test_a_detector_needs_its_own_decoder(shared_data: Path) -> None:
    """A bundle that calls a detector a classifier is told what the model gives."""
    with pytest.raises(ModelError, match="one output"):
        model(shared_data, **{**SSD, "decoder": {"kind": "classification"}})
