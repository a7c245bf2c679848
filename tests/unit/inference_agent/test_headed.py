"""A bundle whose head was taught: loaded, and run by the very code of a station."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from float_model import write_float_model
from inference_agent.bundle import load_bundle, missing_files
from inference_agent.linear_head import LinearHead, packed
from inference_agent.model import Model
from okko.errors import ConfigError, ModelError
from workshop.teaching.example import example_of

RED, GREEN = (0, 0, 255), (0, 255, 0)
# The square roots of a softmax's two values, told apart by which is greater.
HEAD = LinearHead(np.array([[8, -8], [-8, 8]], np.float32), np.zeros(2, np.float32))
MANIFEST = """
name = "taught"
version = "1"
file = "model.tflite"
labels = ["ripe", "unripe"]
[decoder]
kind = "classification"
head = "head.npz"
"""


def _bundle(folder: Path, head: LinearHead | None = HEAD, manifest: str = MANIFEST) -> Path:
    write_float_model(folder / "model.tflite")
    if head is not None:
        (folder / "head.npz").write_bytes(packed(head))
    (folder / "model.toml").write_text(manifest)
    return folder


def _picture(colour: tuple[int, int, int]) -> bytes:
    return cv2.imencode(".png", np.full((48, 64, 3), colour, np.uint8))[1].tobytes()


def _load(folder: Path) -> Model:
    return Model(folder, load_bundle(folder))


@pytest.mark.parametrize(("colour", "label"), [(RED, "ripe"), (GREEN, "unripe")])
def test_a_head_tells_parts_apart(tmp_path: Path, colour: tuple[int, int, int], label: str) -> None:
    """With a probability for each label, as any classifier, so that every rule about labels works."""
    decoded = _load(_bundle(tmp_path)).look(example_of(_picture(colour), "a", "OK").open()).decoded
    assert (decoded.task, decoded.label) == ("classification", label)
    assert decoded.score is not None
    assert decoded.score > 0.9
    assert decoded.scores is not None
    assert sum(decoded.scores.values()) == pytest.approx(1, abs=1e-5)


def test_another_head_is_another_model(tmp_path: Path) -> None:
    """Predictions say which one it was, though the backbone is the same file."""
    folder = _bundle(tmp_path)
    first = _load(folder).ref.sha256
    (folder / "head.npz").write_bytes(packed(LinearHead(HEAD.weights * 2, HEAD.bias)))
    assert _load(folder).ref.sha256 != first


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (
            LinearHead(np.zeros((2, 3), np.float32), np.zeros(2, np.float32)),
            "weighs 3 numbers .* this backbone gives 2",
        ),
        (LinearHead(np.zeros((3, 2), np.float32), np.zeros(3, np.float32)), "tells 3 labels apart, the bundle names 2"),
        (None, "cannot be read"),
    ],
)
def test_a_head_that_does_not_fit_is_refused(tmp_path: Path, head: LinearHead | None, why: str) -> None:
    """At the start, with what is wrong."""
    with pytest.raises(ModelError, match=why):
        _load(_bundle(tmp_path, head))


def test_a_head_that_is_not_there_is_found_by_check(tmp_path: Path) -> None:
    """As a model file that is not there."""
    folder = _bundle(tmp_path, None)
    [problem] = missing_files(folder, load_bundle(folder))
    assert problem.where == "decoder.head"
    assert "'head.npz' is not in" in problem.what


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (('"head.npz"', '"../head.npz"'), "inside the bundle"),
        (('"head.npz"', '"head.npz"\nactivation = "softmax"'), "gives probabilities"),
    ],
)
def test_what_a_head_may_not_be(tmp_path: Path, change: tuple[str, str], why: str) -> None:
    """Outside of the bundle; probabilities are not made into probabilities again."""
    with pytest.raises(ConfigError, match=why):
        load_bundle(_bundle(tmp_path, manifest=MANIFEST.replace(*change)))
