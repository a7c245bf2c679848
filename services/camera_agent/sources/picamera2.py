"""A Raspberry Pi camera on the CSI port, through picamera2 and libcamera."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from camera_agent.shot import Camera
from okko.settings import Settings

Gain = Annotated[float, Field(gt=0, le=64)]


class Picamera2Source(Settings):
    """A CSI camera with fixed settings: automatic exposure, white balance and focus are off unless asked for.

    `colour_gains` are red and blue against green; `lens_position` is in dioptres (0: infinity, 10: 10 cm).
    """

    kind: Literal["picamera2"] = "picamera2"
    camera: Annotated[int, Field(ge=0, le=15, description="as `rpicam-hello --list-cameras` counts")] = 0
    width_px: Annotated[int, Field(ge=16, le=16384, description="width of the picture")] = 1280
    height_px: Annotated[int, Field(ge=16, le=16384, description="height of the picture")] = 960
    fps: Annotated[float, Field(gt=0, le=1000, description="slower where the exposure takes longer")] = 30.0
    auto_exposure: Annotated[bool, Field(description="let the camera choose exposure and gain")] = False
    exposure_us: Annotated[
        int | None, Field(ge=1, le=10_000_000, description="a part at 1 m/s moves 1 mm in 1000 us")
    ] = None
    gain: Annotated[Gain | None, Field(description="analogue gain of the sensor; 1 is none")] = None
    auto_white_balance: Annotated[bool, Field(description="let the camera choose the colour gains")] = False
    colour_gains: Annotated[tuple[Gain, Gain] | None, Field(description="[red, blue], against green")] = None
    auto_focus: Annotated[bool, Field(description="let the camera focus all the time")] = False
    lens_position: Annotated[
        float | None, Field(ge=0, le=32, description="in dioptres: 0 is infinity, 10 is 10 cm")
    ] = None

    @model_validator(mode="after")
    def _values_without_automatics(self) -> Self:
        clashes = {
            "auto_exposure": self.auto_exposure and (self.exposure_us is not None or self.gain is not None),
            "auto_white_balance": self.auto_white_balance and self.colour_gains is not None,
            "auto_focus": self.auto_focus and self.lens_position is not None,
        }
        if wrong := [key for key, clash in clashes.items() if clash]:
            message = f"`{wrong[0]} = true` takes no fixed value beside it; remove one of the two"
            raise ValueError(message)
        return self

    def open(self, folder: Path) -> Camera:  # noqa: ARG002 - it reads no files
        """The camera, set up and streaming.

        Raises:
            SourceError: if picamera2 is not installed, or the camera is not there or in use.
        """
        from camera_agent.csi import open_camera

        return open_camera(self)
