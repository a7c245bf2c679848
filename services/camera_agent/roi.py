"""The part of the picture that a camera publishes."""

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

from okko.settings import Share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def _check(roi: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = roi
    if not (x0 < x1 and y0 < y1):
        message = f"{list(roi)} encloses nothing: write [x0, y0, x1, y1], shares of the frame, with x0 < x1 and y0 < y1"
        raise ValueError(message)
    return roi


Roi = Annotated[tuple[Share, Share, Share, Share], AfterValidator(_check)]
"""[x0, y0, x1, y1] in 0..1 of the full frame."""


def crop(
    image: "NDArray[np.uint8]", roi: tuple[float, float, float, float]
) -> tuple["NDArray[np.uint8]", tuple[float, float, float, float]]:
    """The part of the picture inside `roi` (a view, at least one pixel), and where it lies once rounded to pixels.

    The rounded place is what a frame carries: boxes that are computed back by it fit to the pixel.
    """
    height, width = image.shape[:2]
    x0, y0 = min(int(roi[0] * width), width - 1), min(int(roi[1] * height), height - 1)
    x1, y1 = max(round(roi[2] * width), x0 + 1), max(round(roi[3] * height), y0 + 1)
    return image[y0:y1, x0:x1], (x0 / width, y0 / height, x1 / width, y1 / height)
