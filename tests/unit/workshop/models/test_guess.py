import re
import tomllib
from typing import Any

import numpy as np
import pytest

from inference_agent.bundle import Bundle
from inference_agent.decoders.decoded import OutputSpec
from workshop.models.guess import FEATURES, NO_PICTURE, UNKNOWN, Guess, guess
from workshop.models.model_file import ModelFile, Op, Tensor
from workshop.models.new_bundle import Draft
from workshop.models.tflite_metadata import Metadata

Shape = tuple[int, ...]
RGB = Tensor("in", (1, 320, 320, 3), "float32")


def looks(
    *outputs: Shape,
    into: Tensor | tuple[Tensor, ...] = RGB,
    labels: tuple[str, ...] = (),
    last_op: str = "SOFTMAX",
    first_ops: tuple[str, ...] = ("CONV_2D",),
    ops: tuple[Op, ...] = (),
    metadata: Metadata | None = None,
    values: Any = None,
) -> Guess:
    """The guess about a model with these tensors."""
    file = ModelFile(
        1,
        inputs=into if isinstance(into, tuple) else (into,),
        outputs=tuple(Tensor(f"out{n}", shape, "float32") for n, shape in enumerate(outputs)),
        ops=ops,
        first_ops=first_ops,
        last_op=last_op,
    )
    return guess(file, outputs, labels, metadata or Metadata(), values)


@pytest.mark.parametrize(
    ("into", "why"),
    [
        ((RGB, RGB, RGB), "3 inputs"),
        (Tensor("in", (-1, 640), "int8"), r"\[\?, 640\] is no picture"),
        (Tensor("in", (1, 49, 10, 1), "int8"), "too narrow"),
        (Tensor("in", (1, 64, 64, 5), "int8"), "neither 1 nor 3"),
        (Tensor("in", (1, 64, 64, 3), "string"), "holds string"),
    ],
)
def test_what_is_no_picture_is_told_with_the_reason(into: Tensor | tuple[Tensor, ...], why: str) -> None:
    """Several inputs, rows of numbers, sound, odd channels and types."""
    found = looks((1, 2), into=into)
    assert found.kind == NO_PICTURE
    assert re.search(why, found.why)
    assert not found.can_decode


@pytest.mark.parametrize(
    ("outputs", "kind"),
    [
        ([(1, 10)], "classification"),
        ([(1, 1, 1, 5)], "classification"),
        ([(1, 84, 2100)], "yolo"),
        ([(1, 6300, 85)], "yolo"),
        ([(1, 10, 4), (1, 10), (1, 10), (1,)], "ssd"),
        ([(1, 320, 320, 21)], "segmentation"),
        ([(1, 320, 320, 1)], "segmentation"),
        ([(1, 320, 320, 3)], "anomaly"),
        ([(1, 896, 16), (1, 896, 1)], "anchors"),
        ([(1, 28, 28, 40), (1, 14, 14, 112), (1, 1280)], FEATURES),
        ([(1, 10, 10, 1280)], FEATURES),
        ([(1, 3, 7)], UNKNOWN),
    ],
)
def test_outputs_tell_the_task(outputs: list[Shape], kind: str) -> None:
    """By their number and their shapes."""
    assert looks(*outputs).kind == kind


def test_a_classifier_without_scores_gets_an_activation() -> None:
    """Logits are made into scores, scores are left alone; one value is the score of the second label."""
    assert looks((1, 3)).decoder["activation"] == "none"
    assert looks((1, 3), last_op="FULLY_CONNECTED").decoder["activation"] == "softmax"
    one = looks((1, 1), last_op="FULLY_CONNECTED")
    assert one.decoder["activation"] == "sigmoid"
    assert len(one.labels) == 2


def test_labels_of_the_file_are_used_where_they_fit() -> None:
    """Otherwise numbers stand in for them, and a note says so."""
    assert looks((1, 2), labels=("OK", "KO")).labels == ()
    wrong = looks((1, 3), labels=("OK", "KO"))
    assert wrong.labels == ("class 0", "class 1", "class 2")
    assert any("it tells 3 labels apart and the file has 2" in note for note in wrong.notes)


def test_the_versions_of_yolo_are_told_apart_by_the_grid() -> None:
    """At 320 pixels v8 has 2,100 candidates and v5 three times as many, with one value more."""
    assert "80 scores" in looks((1, 84, 2100)).why
    v5 = looks((1, 6300, 85))
    assert "an objectness" in v5.why
    assert "80 scores" in v5.why
    assert v5.input["resize"] == "letterbox"


@pytest.mark.parametrize(("reach", "unit"), [(0.98, "relative"), (316.0, "pixel")])
def test_the_unit_of_boxes_is_seen_in_a_run(reach: float, unit: str) -> None:
    """The centres of a grid reach the end of the picture, in whatever unit they are."""
    values = np.full((1, 84, 2100), reach, np.float32)
    assert looks((1, 84, 2100), values=values).decoder["box_unit"] == unit


def test_an_ssd_whose_labels_begin_with_the_background_counts_from_one() -> None:
    """Its op does not count it."""
    outputs = [(1, 10, 4), (1, 10), (1, 10), (1,)]
    assert looks(*outputs, labels=("background", "cat")).decoder["label_offset"] == 1
    assert "label_offset" not in looks(*outputs, labels=("cat", "dog")).decoder


@pytest.mark.parametrize(
    ("tensor", "mean", "std"),
    [
        (Tensor("in", (1, 64, 64, 3), "uint8", 1 / 128, 128), 128.0, 128.0),
        (Tensor("in", (1, 64, 64, 3), "uint8", 0.00744, 121), 127.5, 127.5),
        (Tensor("in", (1, 64, 64, 3), "int8", 1 / 255, -128), 0.0, 255.0),
        (Tensor("in", (1, 64, 64, 3), "int8", 0.9517, -128), 0.0, 1.0),
        (Tensor("in", (1, 64, 64, 3), "uint8", 0.02, 100), 100.0, 50.0),
        (Tensor("in", (1, 64, 64, 3), "uint8"), 0.0, 1.0),
    ],
)
def test_a_quantised_input_tells_how_pixels_were_scaled(tensor: Tensor, mean: float, std: float) -> None:
    """Its range is what the training pictures had; the usual scalings where they come near."""
    found = looks((1, 2), into=tensor).input
    assert (found["mean"], found["std"]) == (mean, std)


def test_of_a_float_input_metadata_or_the_first_operator_tell() -> None:
    """And where neither does, a note says that it is a guess."""
    told = looks((1, 2), metadata=Metadata(mean=(127.5,), std=(127.5,)))
    assert (told.input["mean"], told.input["std"]) == (127.5, 127.5)
    inside = looks((1, 2), first_ops=("MUL", "SUB"))
    assert (inside.input["mean"], inside.input["std"]) == (0.0, 1.0)
    assert any("a guess" in note for note in looks((1, 2)).notes)


def test_channels_first_grey_and_free_sizes_are_told() -> None:
    """Their settings stand in the manifest."""
    assert looks((1, 2), into=Tensor("in", (1, 3, 96, 64), "float32")).input["color"] == "rgb"
    assert looks((1, 2), into=Tensor("in", (1, 96, 96, 1), "float32")).input["color"] == "gray"
    assert looks((1, 2), into=Tensor("in", (-1, -1, -1, 3), "float32")).input["size_px"] == [224, 224]


@pytest.mark.parametrize(
    ("outputs", "kind"),
    [
        ([(1, 10)], "classification"),
        ([(1, 84, 2100)], "yolo"),
        ([(1, 10, 4), (1, 10), (1, 10), (1,)], "ssd"),
        ([(1, 320, 320, 21)], "segmentation"),
        ([(1, 320, 320, 3)], "anomaly"),
        ([(1, 896, 16), (1, 896, 1)], "anchors"),
        ([(1, 2016, 18), (1, 2016, 1)], "anchors"),
    ],
)
def test_what_is_guessed_is_a_bundle(outputs: list[Shape], kind: str) -> None:
    """The `model.toml` to begin with is one that okko accepts, and its decoder takes the outputs that it is for."""
    found = looks(*outputs)
    draft = Draft("m", "1", found.input, {"kind": found.kind, **found.decoder}, found.labels, found.notes)
    bundle = Bundle.model_validate(tomllib.loads(draft.toml()))
    assert bundle.decoder.kind == kind
    specs = tuple(OutputSpec(f"out{n}", shape) for n, shape in enumerate(outputs))
    assert bundle.decoder.check(specs, found.labels) is None


def test_anchors_that_nobody_here_knows_are_asked_for() -> None:
    """Boxes around guessed anchors would be wrong in silence: the note says what to add."""
    found = looks((1, 1917, 4), (1, 1917, 91))
    assert "layers" not in found.decoder
    assert any("add `layers`" in note for note in found.notes)
