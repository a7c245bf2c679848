"""What a picture itself is like, whatever it shows: dark, overexposed, blurred."""

import cv2
import numpy as np

from inference_agent.images import SCALES, Picture
from okko.contracts import ImageQuality

MAX_SIDE_PX = 512
"""Measured is a picture whose longer side has at most this many pixels (decoded at a half, a quarter or an eighth):
that costs little, and means the same whichever model looks at the picture."""

SATURATED = 250


def measure(picture: Picture) -> ImageQuality:
    """Mean brightness 0..255, share of pixels at 250 and above, variance of the Laplacian, of the grey picture.

    Raises:
        ImageError: if it can't be decoded.
    """
    longer = max(picture.width_px, picture.height_px)
    scale = next((s for s in sorted(SCALES) if longer <= s * MAX_SIDE_PX), SCALES[0])
    grey = cv2.cvtColor(picture.at(scale), cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    if max(height, width) > MAX_SIDE_PX:
        ratio = MAX_SIDE_PX / max(height, width)
        size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    _, deviation = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    saturated = cv2.countNonZero(cv2.inRange(grey, np.array([SATURATED]), np.array([255])))
    return ImageQuality(
        mean_brightness=round(float(cv2.mean(grey)[0]), 2),
        saturated_share=round(saturated / grey.size, 4),
        sharpness=round(float(deviation[0, 0]) ** 2, 2),
    )
