"""KO where the picture itself is not fit to judge by: dark, overexposed, blurred."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from okko.contracts import Finding, Prediction
from okko.settings import Name, Settings, Share

Brightness = Annotated[float, Field(ge=0, le=255)]


class ImageRule(Settings):
    """The picture is fit if its mean brightness (0..255), saturated share (0..1) and sharpness are within bounds.

    Sharpness is the variance of the Laplacian of the grey picture; what it is worth depends on the scene, so its bound
    is found by looking at the figures of good pictures (`okko items --json`, `predictions[].image`).
    """

    kind: Literal["image"] = "image"
    camera: Annotated[Name, Field(description="whose pictures it looks at")]
    min_brightness: Annotated[Brightness | None, Field(description="least mean brightness, 0 to 255")] = None
    max_brightness: Annotated[Brightness | None, Field(description="greatest mean brightness, 0 to 255")] = None
    max_saturated: Annotated[Share | None, Field(description="greatest share of pixels at 250 and above")] = None
    min_sharpness: Annotated[float | None, Field(ge=0, description="least sharpness; depends on the scene")] = None

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        bounds = (self.min_brightness, self.max_brightness, self.max_saturated, self.min_sharpness)
        if all(bound is None for bound in bounds):
            message = "give at least one of min_brightness, max_brightness, max_saturated, min_sharpness"
            raise ValueError(message)
        if (
            self.min_brightness is not None
            and self.max_brightness is not None
            and self.min_brightness > self.max_brightness
        ):
            message = "min_brightness is above max_brightness: no picture can be within"
            raise ValueError(message)
        return self

    def judge(self, prediction: Prediction) -> Finding:
        """What the rule says of the picture that a prediction was made from."""
        image = prediction.image
        if image is None:
            return self._finding("the picture was not measured")
        if self.min_brightness is not None and image.mean_brightness < self.min_brightness:
            return self._finding(f"dark: brightness {image.mean_brightness:.1f} < {self.min_brightness:g}")
        if self.max_brightness is not None and image.mean_brightness > self.max_brightness:
            return self._finding(f"bright: brightness {image.mean_brightness:.1f} > {self.max_brightness:g}")
        if self.max_saturated is not None and image.saturated_share > self.max_saturated:
            return self._finding(f"overexposed: {image.saturated_share:.3f} saturated > {self.max_saturated:g}")
        if self.min_sharpness is not None and image.sharpness < self.min_sharpness:
            return self._finding(f"blurred: sharpness {image.sharpness:.1f} < {self.min_sharpness:g}")
        return Finding(rule=self.kind, camera=self.camera, verdict="OK", text="the picture is fit", reason="image")

    def _finding(self, text: str) -> Finding:
        return Finding(rule=self.kind, camera=self.camera, verdict="KO", text=text, reason="image")
