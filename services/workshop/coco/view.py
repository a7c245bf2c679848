"""From the full frame, 0..1, to the pixels of the recorded picture, which may show a part of it, and back. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

Box = tuple[float, float, float, float]

FULL: Box = (0.0, 0.0, 1.0, 1.0)
_DIGITS = 2
"""Hundredths of a pixel."""

_SHARES = 6


@dataclass(frozen=True, slots=True)
class View:
    """What a picture shows: `roi` of the full frame, in so many pixels."""

    width_px: int
    height_px: int
    roi: Box = FULL

    def to_px(self, x: float, y: float) -> tuple[float, float]:
        """A point of the full frame in the picture, at its border where it lies outside."""
        left, top, right, bottom = self.roi
        across = min(1.0, max(0.0, (x - left) / (right - left)))
        down = min(1.0, max(0.0, (y - top) / (bottom - top)))
        return round(across * self.width_px, _DIGITS), round(down * self.height_px, _DIGITS)

    def from_px(self, x: float, y: float) -> tuple[float, float]:
        """A point of the picture in the full frame, at the picture's border where it lies outside."""
        left, top, right, bottom = self.roi
        across = min(1.0, max(0.0, x / self.width_px))
        down = min(1.0, max(0.0, y / self.height_px))
        return round(left + across * (right - left), _SHARES), round(top + down * (bottom - top), _SHARES)

    def box_to_px(self, box: Box) -> Box:
        """A box of the full frame as COCO has it: x, y, width, height."""
        (x0, y0), (x1, y1) = self.to_px(*box[:2]), self.to_px(*box[2:])
        return x0, y0, round(x1 - x0, _DIGITS), round(y1 - y0, _DIGITS)

    def box_from_px(self, box: Box) -> Box:
        """COCO's box in the full frame: x0, y0, x1, y1."""
        x, y, width, height = box
        return (*self.from_px(x, y), *self.from_px(x + width, y + height))

    def points_to_px(self, points: Iterable[float]) -> list[float]:
        """x, y, x, y, ... of the full frame in the picture."""
        return [value for pair in _pairs(points) for value in self.to_px(*pair)]

    def points_from_px(self, points: Iterable[float]) -> tuple[float, ...]:
        """The other way."""
        return tuple(value for pair in _pairs(points) for value in self.from_px(*pair))


def area_px(points: Iterable[float]) -> float:
    """What a polygon encloses, in square pixels."""
    corners = list(_pairs(points))
    turned = zip(corners, corners[1:] + corners[:1], strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in turned)) / 2


def _pairs(points: Iterable[float]) -> Iterable[tuple[float, float]]:
    coordinates = iter(points)
    return zip(coordinates, coordinates, strict=False)
