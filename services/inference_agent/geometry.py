"""Where a point of the model's input lies in the full frame."""

from dataclasses import dataclass

Roi = tuple[float, float, float, float]
"""x0, y0, x1, y1 in 0..1 of what it was cut from."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """frame = offset + scale * input, both in 0..1 of their own width and height.

    Stretch, letterbox, crop and the camera's region of interest are all of this form, so they combine into one.
    `width_px` and `height_px` are the model's input, for decoders whose boxes come in pixels.
    """

    width_px: int
    height_px: int
    scale_x: float = 1.0
    scale_y: float = 1.0
    offset_x: float = 0.0
    offset_y: float = 0.0

    def within(self, roi: Roi | None) -> "Geometry":
        """The same, where the picture is only the part `roi` of a larger frame."""
        if roi is None:
            return self
        x0, y0, x1, y1 = roi
        return Geometry(
            self.width_px,
            self.height_px,
            self.scale_x * (x1 - x0),
            self.scale_y * (y1 - y0),
            x0 + self.offset_x * (x1 - x0),
            y0 + self.offset_y * (y1 - y0),
        )

    def to_frame(self, x: float, y: float) -> tuple[float, float]:
        """The point of the full frame that shows at x, y of the input."""
        return self.offset_x + self.scale_x * x, self.offset_y + self.scale_y * y
