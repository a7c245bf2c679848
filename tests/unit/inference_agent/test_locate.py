"""Finding a part, showing it alike each time, and saying where on the frame that is."""

from typing import Any

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from inference_agent.bundle import Bundle, Input
from inference_agent.geometry import Geometry
from inference_agent.locate import Locate
from inference_agent.preprocess import Preprocessor
from inference_agent.tensor import TensorSpec
from inference_agent.upright import upright
from okko.errors import ImageError

TENSOR = TensorSpec("input", 64, 64, 3, channels_first=False, dtype=np.dtype(np.uint8))


def drop(angle_deg: float, x: int = 200, y: int = 150, size: float = 1.0) -> Any:
    """A bright part that is thick at one end, with a dark mark near the thin one, (300, 400, 3) uint8."""
    image = np.full((300, 400, 3), 30, np.uint8)
    angle = np.deg2rad(angle_deg)

    def at(along: float, radius: float, grey: int) -> None:
        centre = (round(x + size * along * np.cos(angle)), round(y + size * along * np.sin(angle)))
        cv2.circle(image, centre, round(size * radius), (grey, grey, grey), cv2.FILLED)

    for step in np.linspace(0, 1, 40):
        at(-30 + 80 * step, 30 - 20 * step, 220)
    at(45, 5, 120)
    return image


def shown(image: Any, **settings: Any) -> tuple[Any, Geometry]:
    """What the model gets to see, and where that is on the frame."""
    located = Input(locate=Locate.model_validate({"by": "bright", **settings}))
    target = np.zeros((1, 64, 64, 3), np.uint8)
    geometry = Preprocessor(located, TENSOR).fill(image, target)
    return target[0], geometry


@pytest.mark.parametrize("angle", [0, 37, 90, 145, 180, 260, 330])
def test_a_part_looks_alike_however_it_lies(angle: float) -> None:
    """Turned, moved and larger: within what resampling does to its edge."""
    reference, _ = shown(drop(0))
    turned, _ = shown(drop(angle, x=170, y=140, size=1.3))
    assert np.abs(reference.astype(int) - turned).mean() < 8
    assert np.abs(reference.astype(int) - shown(drop(angle), turn=False)[0]).mean() > 8 or angle == 0


@pytest.mark.parametrize("angle", [0, 60, 200])
def test_a_point_of_the_input_is_found_on_the_frame(angle: float) -> None:
    """The mark, seen in the input, lies on the frame where it was drawn; a region of the camera is heeded."""
    image = drop(angle)
    seen, geometry = shown(image)
    dark = np.argwhere((seen[..., 0] > 80) & (seen[..., 0] < 160) & (np.hypot(*(np.indices((64, 64)) - 32)) < 28))
    marks = cv2.connectedComponentsWithStats(((seen[..., 0] > 90) & (seen[..., 0] < 150)).astype(np.uint8))
    assert len(dark)
    best = max(range(1, marks[0]), key=lambda i: marks[2][i, cv2.CC_STAT_AREA])
    x, y = (marks[3][best] + 0.5) / 64
    expected = (200 + 45 * np.cos(np.deg2rad(angle))) / 400, (150 + 45 * np.sin(np.deg2rad(angle))) / 300
    assert geometry.to_frame(x, y) == pytest.approx(expected, abs=0.02)
    within = geometry.within((0.5, 0.0, 1.0, 0.5)).to_frame(x, y)
    assert within == pytest.approx((0.5 + expected[0] / 2, expected[1] / 2), abs=0.02)


def test_a_map_is_laid_upright_over_the_frame() -> None:
    """What is odd in the turned input is odd at its place on the frame."""
    _, geometry = shown(drop(60))
    places = np.zeros((14, 14), np.float32)
    places[9, 11] = 5.0
    laid, upright_geometry = upright(places, geometry)
    row, column = np.unravel_index(laid.argmax(), laid.shape)
    found = upright_geometry.to_frame((column + 0.5) / laid.shape[1], (row + 0.5) / laid.shape[0])
    assert found == pytest.approx(geometry.to_frame(11.5 / 14, 9.5 / 14), abs=0.03)
    assert upright_geometry.frame_box == pytest.approx(geometry.frame_box)


@pytest.mark.parametrize(
    ("image", "settings"),
    [
        (np.full((300, 400, 3), 90, np.uint8), {}),
        (drop(0, size=0.2), {}),
        (drop(0), {"max_share": 0.02}),
    ],
)
def test_no_part_is_no_verdict_but_ko(image: Any, settings: dict[str, Any]) -> None:
    """Nothing there, too small, too large: an image error, which makes the part KO."""
    with pytest.raises(ImageError, match="no part was found"):
        shown(image, **settings)


def test_dark_and_colourful_parts_are_found() -> None:
    """By the other two ways."""
    dark = 255 - drop(30)
    assert np.abs(shown(dark, by="dark")[0].astype(int) - (255 - shown(drop(30))[0].astype(int))).mean() < 2
    red = np.full((300, 400, 3), 128, np.uint8)
    cv2.circle(red, (100, 80), 40, (20, 20, 200), cv2.FILLED)
    _, geometry = shown(red, by="color")
    assert geometry.to_frame(0.5, 0.5) == pytest.approx((100.5 / 400, 80.5 / 300), abs=0.01)


def test_boxes_are_not_to_be_turned() -> None:
    """A detector's bundle with it is refused."""
    given = {"name": "d", "version": "1", "file": "m.tflite", "labels": ["a"], "input": {"locate": {"by": "dark"}}}
    with pytest.raises(ValidationError, match="turns pictures"):
        Bundle.model_validate({**given, "decoder": {"kind": "ssd"}})
