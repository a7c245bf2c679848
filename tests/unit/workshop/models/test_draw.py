import base64

import cv2
import numpy as np
import pytest

from okko.contracts import Detection, ModelRef, Prediction, PredictionMap
from workshop.models import draw

SIZE = (400, 600)


def prediction(**fields: object) -> Prediction:
    """A prediction with these fields."""
    ref = ModelRef(name="m", version="1", sha256="0" * 64)
    given = {"item_id": "i", "camera": "c", "frame_id": "f", "model": ref, "task": "t", **fields}
    return Prediction(**given)  # type: ignore[arg-type]


def grey(level: int) -> draw.Bgr:
    """An even picture."""
    return np.full((*SIZE, 3), level, np.uint8)


def png(values: list[list[int]]) -> str:
    """A map as it stands in a prediction."""
    return base64.b64encode(bytes(cv2.imencode(".png", np.array(values, np.uint8))[1])).decode()


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_box_is_seen_on_any_ground(level: int) -> None:
    """Its line differs from the ground, the text from the ground it stands on, and the picture is left as it was."""
    image = grey(level)
    shown = draw.drawn(
        image, prediction(detections=(Detection(label="bolt", score=0.9, box=(0.25, 0.25, 0.75, 0.75)),))
    )
    line = shown[200, 150]
    assert tuple(line) == draw.COLOURS[0]
    assert (image == level).all()
    label = shown[85:98, 153:230].reshape(-1, 3).astype(int)
    assert np.ptp(label.sum(axis=1)) > 200


def test_a_caption_stands_below_and_covers_nothing() -> None:
    """The picture keeps all its rows."""
    shown = draw.drawn(grey(90), prediction(label="OK", score=0.5))
    assert (shown[: SIZE[0]] == 90).all()
    assert shown.shape[0] > SIZE[0]
    assert shown[SIZE[0] :].max() > 200


def test_a_long_caption_is_wrapped() -> None:
    """Every word is to be read."""
    short = draw.drawn(grey(0), prediction(label="OK", score=0.5))
    long = draw.drawn(grey(0), prediction(label="a rather long label " * 10, score=0.5))
    assert long.shape[0] > short.shape[0]
    assert long.shape[1] == short.shape[1]


def test_a_class_map_tints_things_and_not_the_background() -> None:
    """Where its box says it lies, and nowhere else."""
    shown = draw.drawn(
        grey(100),
        prediction(
            map=PredictionMap(kind="classes", box=(0.0, 0.0, 0.5, 1.0), png=png([[0, 1]]), labels=("ground", "bird")),
            areas={"ground": 0.25, "bird": 0.25},
        ),
    )
    assert (shown[100, 50] == 100).all()
    assert (shown[100, 250] != 100).any()
    assert (shown[100, 500] == 100).all()


def test_a_heat_map_is_hot_where_the_value_is_high() -> None:
    """Blue to red."""
    shown = draw.drawn(
        grey(100),
        prediction(anomaly_score=1.0, map=PredictionMap(kind="heat", box=(0.0, 0.0, 1.0, 1.0), png=png([[0, 255]]))),
    )
    cold, hot = shown[200, 5].astype(int), shown[200, 590].astype(int)
    assert hot[2] > cold[2]


def test_a_small_picture_is_enlarged() -> None:
    """Text needs pixels."""
    shown = draw.drawn(np.zeros((20, 30, 3), np.uint8), prediction(label="OK", score=0.5))
    assert shown.shape[1] >= draw.LEAST_SIDE_PX


def test_a_box_outside_and_an_empty_map_harm_nothing() -> None:
    """A model may say anything."""
    shown = draw.drawn(
        grey(0),
        prediction(
            detections=(Detection(label="x", score=0.1, box=(1.0, 1.0, 1.0, 1.0)),),
            map=PredictionMap(kind="heat", box=(0.5, 0.5, 0.5, 0.5), png=png([[1]])),
        ),
    )
    assert shown.shape[1] == SIZE[1]
