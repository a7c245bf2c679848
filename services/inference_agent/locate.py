"""`[input.locate]`: find the part in the picture and bring it to the middle, as large each time, and turned alike.

By threshold and moments: what stands out by its light or its colour is the part; its centre, its size and its longer
axis say where it lies. Cheap, and the same for the same picture. For methods that compare place by place.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from okko.errors import ImageError
from okko.settings import Settings, Share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WORKING_PX = 192
_ROUND = 0.9
"""Of the shorter axis to the longer: what is rounder has no direction that moments could find, and is not turned."""

_TWO_DEVIATIONS = 2.0
"""An ellipse reaches so many standard deviations of its area along each axis."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part lies, in 0..1 of the picture's width and height, and how: the cosine and sine of its turn.

    `reach` is half of the side of the square that shows it, in pixels of the picture that was looked at.
    """

    x: float
    y: float
    reach: float
    cos: float
    sin: float


class Locate(Settings):
    """The largest thing that is brighter, darker or more colourful than the rest. None that fits: no verdict but KO."""

    by: Annotated[
        Literal["bright", "dark", "color"], Field(description="what sets the part off from what is around it")
    ]
    turn: Annotated[bool, Field(description="whether its longer axis is laid level; of round parts there is none")] = (
        True
    )
    margin: Annotated[Share, Field(description="shown around the part, as a share of its half length")] = 0.15
    min_share: Annotated[Share, Field(description="of the picture's area; what is smaller is no part")] = 0.01
    max_share: Annotated[Share, Field(description="of the picture's area; what is larger is no part")] = 0.9

    def find(self, image: "NDArray[np.uint8]") -> Place:
        """Where the part is in a picture (h, w, 3) BGR.

        Raises:
            ImageError: if there is nothing that could be it.
        """
        import cv2
        import numpy as np

        height, width = image.shape[:2]
        ratio = min(1.0, _WORKING_PX / max(height, width))
        small = image
        if ratio < 1:
            size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
            small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        level = _level(small, self.by)
        _, mask = cv2.threshold(cv2.GaussianBlur(level, (5, 5), 0), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
        if len(stats) == 1 or int(level.max()) == int(level.min()):
            raise ImageError("no part was found: nothing stands out from the rest ([input.locate])")
        largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
        share = float(stats[largest, cv2.CC_STAT_AREA]) / mask.size
        if not self.min_share <= share <= self.max_share:
            bounds = f"{self.min_share:g} to {self.max_share:g}"
            raise ImageError(f"no part was found: the largest thing has {share:.3f} of the picture, a part {bounds}")
        # Holes are the part's: a glint on it, or a hole that is sometimes dark, would else move its middle.
        contours, _ = cv2.findContours((labels == largest).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        whole = np.zeros_like(mask)
        cv2.drawContours(whole, contours, -1, 1, cv2.FILLED)
        scale_x, scale_y = width / small.shape[1], height / small.shape[0]
        return _place(cv2.moments(whole, binaryImage=True), self, small.shape[:2], (scale_x + scale_y) / 2)


def _level(image: "NDArray[np.uint8]", by: str) -> "NDArray[np.uint8]":
    import cv2
    import numpy as np

    if by == "color":
        return np.asarray(image.max(axis=2) - image.min(axis=2), np.uint8)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.bitwise_not(grey) if by == "dark" else grey, np.uint8)


def _place(m: "dict[str, float]", settings: Locate, shape: "tuple[int, ...]", scale: float) -> Place:
    import math

    area = m["m00"]
    x, y = m["m10"] / area, m["m01"] / area
    xx, yy, xy = m["mu20"] / area, m["mu02"] / area, m["mu11"] / area
    middle, half = (xx + yy) / 2, math.hypot((xx - yy) / 2, xy)
    longer, shorter = middle + half, max(middle - half, 0.0)
    cos, sin = 1.0, 0.0
    if settings.turn and shorter < _ROUND**2 * longer:
        angle = math.atan2(2 * xy, xx - yy) / 2
        cos, sin = math.cos(angle), math.sin(angle)
        # Which end is which: the one that the area trails off to (its third moment along the axis) goes to the right.
        trail = m["mu30"] * cos**3 + 3 * m["mu21"] * cos**2 * sin + 3 * m["mu12"] * cos * sin**2 + m["mu03"] * sin**3
        if trail < 0:
            cos, sin = -cos, -sin
    reach = _TWO_DEVIATIONS * math.sqrt(longer) * (1 + settings.margin) * scale
    return Place((x + 0.5) / shape[1], (y + 0.5) / shape[0], max(reach, 1.0), cos, sin)
