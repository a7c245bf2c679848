"""Where a point of the model's input lies in the full frame."""

from dataclasses import dataclass

Roi = tuple[float, float, float, float]
"""x0, y0, x1, y1 in 0..1 of what it was cut from."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """frame = offset + scale * input, both in 0..1 of their own width and height.

    Stretch, letterbox, crop and the camera's region of interest are all of this form, so they combine into one.
    `width_px` and `height_px` are the model's input, for decoders whose boxes come in pixels. `shown` is the part of
    the input, in 0..1 of it, that holds the picture: around it are the margins of a letterbox.

    Where the part was turned before it was shown, `affine` (a, b, c, d, e, f) stands for scale and offset:
    x of the frame = a * x + b * y + c, y = d * x + e * y + f.
    """

    width_px: int
    height_px: int
    scale_x: float = 1.0
    scale_y: float = 1.0
    offset_x: float = 0.0
    offset_y: float = 0.0
    shown: Roi = (0.0, 0.0, 1.0, 1.0)
    affine: tuple[float, float, float, float, float, float] | None = None

    @property
    def frame_box(self) -> Roi:
        """The part of the full frame that the model sees, in 0..1 of the frame."""
        x0, y0, x1, y1 = self.shown
        corners = [self.to_frame(x, y) for x in (x0, x1) for y in (y0, y1)]
        (left, right), (top, bottom) = ((min(side), max(side)) for side in zip(*corners, strict=True))
        return max(0.0, left), max(0.0, top), min(1.0, right), min(1.0, bottom)

    def within(self, roi: Roi | None) -> "Geometry":
        """The same, where the picture is only the part `roi` of a larger frame."""
        if roi is None:
            return self
        x0, y0, x1, y1 = roi
        turned = self.affine
        if turned is not None:
            (a, b, c, d, e, f), wide, high = turned, x1 - x0, y1 - y0
            turned = (a * wide, b * wide, x0 + c * wide, d * high, e * high, y0 + f * high)
        return Geometry(
            self.width_px,
            self.height_px,
            self.scale_x * (x1 - x0),
            self.scale_y * (y1 - y0),
            x0 + self.offset_x * (x1 - x0),
            y0 + self.offset_y * (y1 - y0),
            self.shown,
            turned,
        )

    def to_frame(self, x: float, y: float) -> tuple[float, float]:
        """The point of the full frame that shows at x, y of the input."""
        if self.affine is not None:
            a, b, c, d, e, f = self.affine
            return a * x + b * y + c, d * x + e * y + f
        return self.offset_x + self.scale_x * x, self.offset_y + self.scale_y * y
