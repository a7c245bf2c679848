"""What was found, drawn into the small pictures of the terminal."""

import base64
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest

from okko import contracts as c
from okko.watch.marks import BOX_COLOUR, marked
from okko.watch.words import said
from watched import prediction

GREY = np.full((24, 32, 3), 128, np.uint8)


def with_(**fields: Any) -> c.Prediction:
    """A prediction that says this."""
    return msgspec.structs.replace(prediction("left"), **fields)


def heat(png: bytes, box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)) -> c.PredictionMap:
    """A heat map of these bytes."""
    return c.PredictionMap(kind="heat", box=box, png=base64.b64encode(png).decode())


def encoded(picture: "np.ndarray[Any, Any]") -> bytes:
    """As PNG."""
    return cv2.imencode(".png", picture)[1].tobytes()


def found(*boxes: tuple[float, float, float, float]) -> c.Prediction:
    """Detections at these boxes."""
    return with_(detections=tuple(c.Detection(label="scratch", score=0.9, box=box) for box in boxes))


def test_a_box_is_drawn_where_the_picture_shows_it() -> None:
    """Of a region of the frame too: boxes are of the full frame."""
    whole = marked(GREY, None, [found((0.5, 0.5, 0.75, 0.75))])
    assert tuple(whole[12, 16]) == BOX_COLOUR
    assert tuple(whole[0, 0]) == (128, 128, 128)
    part = marked(GREY, (0.5, 0.5, 1.0, 1.0), [found((0.5, 0.5, 0.75, 0.75))])
    assert tuple(part[0, 0]) == BOX_COLOUR
    assert (GREY == 128).all(), "the picture that was given stays as it is"


def test_heat_makes_odd_places_red_and_leaves_the_rest() -> None:
    """By how odd they are."""
    odd = np.zeros((8, 8), np.uint8)
    odd[:, 4:] = 255
    drawn = marked(GREY, None, [with_(map=heat(encoded(odd)))])
    assert tuple(drawn[12, 2]) == (128, 128, 128)
    assert drawn[12, 30, 2] > 200 > drawn[12, 30, 0]


@pytest.mark.parametrize("png", [b"", b"no picture", encoded(np.zeros((4, 4), np.uint8))[:30]])
def test_a_map_that_is_none_is_left_out(png: bytes) -> None:
    """It came over the wire."""
    assert (marked(GREY, None, [with_(map=heat(png))]) == GREY).all()


def test_a_box_far_outside_does_no_harm() -> None:
    """It is cut off at the edges."""
    assert marked(GREY, None, [found((-9.0, -9.0, 9.0, 9.0))]).shape == GREY.shape


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"label": "OK", "score": 0.9956}, "OK 0.996"),
        ({"anomaly_score": 1.234, "anomaly_threshold": 2.0}, "anomaly 1.23 of 2"),
        ({"detections": ()}, "0 found"),
        ({"error": c.Fault(kind="image", text="no end")}, "no end"),
        ({}, ""),
    ],
)
def test_what_a_model_says_in_short(fields: dict[str, Any], text: str) -> None:
    """For the line below a picture."""
    assert said(with_(**fields)) == text
