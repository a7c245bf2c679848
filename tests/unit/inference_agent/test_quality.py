"""Brightness, saturation and sharpness of a picture."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference_agent.images import open_picture
from inference_agent.quality import MAX_SIDE_PX, measure
from okko.contracts import Frame

MakeFrame = Callable[..., Frame]
Photo = Callable[[int, int], NDArray[np.uint8]]


def raw(frame: MakeFrame, image: NDArray[np.uint8]) -> Frame:
    """A picture as a raw frame."""
    return frame(image.tobytes(), image.shape[1], image.shape[0], "raw-bgr8")


def test_the_measures_are_those_of_the_textbook(frame: MakeFrame, photo: Photo) -> None:
    """A small picture is measured as it is: mean, share at 250 and above, variance of the Laplacian."""
    image = np.clip(photo(200, 150).astype(int) * 2 - 100, 0, 255).astype(np.uint8)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    found = measure(open_picture(raw(frame, image)))
    assert found.mean_brightness == pytest.approx(grey.mean(), abs=0.01)
    assert found.saturated_share == pytest.approx((grey >= 250).mean(), abs=1e-4)
    assert found.sharpness == pytest.approx(cv2.Laplacian(grey, cv2.CV_64F).var(), abs=0.01)


@pytest.mark.parametrize(("value", "saturated"), [(0, 0), (249, 0), (250, 1), (255, 1)])
def test_an_even_picture_has_no_sharpness(frame: MakeFrame, value: int, saturated: int) -> None:
    """A covered or flooded lens shows in brightness and saturation, and has nothing sharp in it."""
    found = measure(open_picture(raw(frame, np.full((48, 64, 3), value, np.uint8))))
    assert (found.mean_brightness, found.saturated_share, found.sharpness) == (value, saturated, 0)


def test_a_blurred_picture_is_less_sharp(frame: MakeFrame) -> None:
    """Sharpness falls when the lens is out of focus."""
    sharp = np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8)
    blurred = np.asarray(cv2.GaussianBlur(sharp, (9, 9), 0), np.uint8)
    assert (
        measure(open_picture(raw(frame, blurred))).sharpness < measure(open_picture(raw(frame, sharp))).sharpness / 10
    )


@pytest.mark.parametrize("size", [(4000, 16), (16, 5000), (1025, 700)])
def test_large_pictures_cost_no_more(frame: MakeFrame, photo: Photo, size: tuple[int, int]) -> None:
    """Any size can be measured, and only a bounded picture is."""
    image = photo(*size)
    found = measure(open_picture(raw(frame, image)))
    assert max(size) > MAX_SIDE_PX
    assert found.mean_brightness == pytest.approx(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).mean(), abs=1.5)
