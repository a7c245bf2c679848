import json
from pathlib import Path

import msgspec
import pytest

from inference_agent.bundle import Bundle
from workshop.models import new_bundle
from workshop.models.findings import examine
from workshop.models.inspect_text import text
from workshop.models.looking import Looker

THIRDPARTY = {
    "automl_labeler_model": "classification",
    "coco_ssd_mobilenet_v1_1.0_quant_2018_06_29": "ssd",
    "deeplabv3_f32": "segmentation",
    "dilated_conv": "segmentation",
    "mobilenet_v1_0.25_128_quant": "classification",
    "pretrainedResnet_quant": "classification",
    "selfie_segmentation": "segmentation",
    "tf2_mobilenet_v2_1.0_224_ptq": "classification",
    "untrained_float16_weights": "classification",
    "untrained_int16_act_io": "classification",
    "untrained_nchw_int8in_f32out": "classification",
    "untrained_tf_uint8_io": "classification",
    "vio_teachable_uint8": "classification",
    "vio_yolo_coco_nano_int8": "yolo",
    "vww_96_float": "classification",
}


@pytest.mark.parametrize("name", THIRDPARTY)
def test_the_bundle_that_is_begun_loads(shared_data: Path, tmp_path: Path, name: str) -> None:
    """Of each real image model the file tells what it is, well enough for the pipeline's own code to load it."""
    path = shared_data / "models" / "thirdparty" / f"{name}.tflite"
    found = examine(path, measure=False)
    assert found.guess is not None
    assert found.guess.kind == THIRDPARTY[name]
    assert found.refused is None
    assert found.draft is not None
    new_bundle.write(tmp_path / "begun", path, found.draft, force=False)
    assert isinstance(Looker(tmp_path / "begun").bundle, Bundle)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("thirdparty/ad01_int8", "no picture"),
        ("thirdparty/kws_ref_model", "sound"),
        ("thirdparty/split_concat", "3 inputs"),
        ("negative/mobilenet_v1_0.25_128_quant_edgetpu", "Edge TPU"),
        ("negative/model_invoking_error", "no picture"),
        ("negative/tflm_person_detect_bad_quant_axis", "quantisation axis"),
        ("negative/truncated", "truncated"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(shared_data: Path, name: str, why: str) -> None:
    """And shows all the same what can be read of it."""
    found = examine(shared_data / "models" / f"{name}.tflite", measure=False)
    assert why in (found.refused or "")
    assert why in text(found)


def test_what_else_must_be_there_is_told(shared_data: Path) -> None:
    """An accelerator, an operator that LiteRT does not have; and LiteRT's own words."""
    edge = examine(shared_data / "models/negative/mobilenet_v1_0.25_128_quant_edgetpu.tflite", measure=False)
    assert "Edge TPU" in edge.needs[0]
    fake = examine(shared_data / "models/negative/model_invoking_error.tflite", measure=False)
    assert fake.needs == ("the custom operator fake-op-double",)
    assert "fake-op-double" in (fake.litert or "")


def test_metadata_of_the_author_is_told(shared_data: Path) -> None:
    """Name, licence, normalisation, the files inside; of TFLite's and of Ultralytics' metadata."""
    deeplab = examine(shared_data / "models/thirdparty/deeplabv3_f32.tflite", measure=False).metadata
    assert (deeplab.mean, deeplab.std) == ((127.5,), (127.5,))
    assert deeplab.files == ("labelmap.txt",)
    yolo = examine(shared_data / "models/thirdparty/vio_yolo_coco_nano_int8.tflite", measure=False).metadata
    assert "AGPL" in yolo.licence


def test_the_shipped_model_is_measured_at_one_thread_and_two(duck_bundle: Path) -> None:
    """And all of it is JSON."""
    found = examine(duck_bundle / "model.tflite")
    assert [speed.threads for speed in found.speeds] == [1, 2]
    assert all(0 <= speed.p50_ms <= speed.p99_ms for speed in found.speeds)
    said = json.loads(msgspec.json.encode(found.as_json()))
    assert said["looks_like"]["kind"] == "classification"
    assert 'kind = "classification"' in said["model_toml"]
    assert "looks like" in text(found)
