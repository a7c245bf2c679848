"""A USB camera, or whatever else Linux shows as /dev/video*, through OpenCV and V4L2."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from camera_agent.shot import Camera
from okko.settings import Settings


class UsbSource(Settings):
    """A V4L2 camera with fixed settings: automatic exposure, white balance and focus are off unless asked for.

    What the camera refuses or rounds becomes an event at start. Take the device by its path below
    /dev/v4l/by-id or /dev/v4l/by-path: numbers change when cameras are plugged in in another order.
    """

    kind: Literal["usb"] = "usb"
    device: Annotated[int | Path, Field(description="number of /dev/video*, or a path")] = 0
    width_px: Annotated[int | None, Field(ge=16, le=16384, description="default: as the camera is")] = None
    height_px: Annotated[int | None, Field(ge=16, le=16384, description="default: as the camera is")] = None
    fps: Annotated[float | None, Field(gt=0, le=1000, description="default: as the camera is")] = None
    fourcc: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9 ]{4}$", description="pixel format: MJPG, YUYV")] = None
    auto_exposure: Annotated[bool, Field(description="let the camera choose the exposure")] = False
    exposure_us: Annotated[
        float | None, Field(ge=100, le=10_000_000, description="in steps of 100; default: as the camera is")
    ] = None
    gain: Annotated[float | None, Field(ge=0, description="in the camera's own unit")] = None
    auto_white_balance: Annotated[bool, Field(description="let the camera choose the white balance")] = False
    white_balance_k: Annotated[int | None, Field(ge=1000, le=15_000, description="colour temperature of the light")] = (
        None
    )
    auto_focus: Annotated[bool, Field(description="let the camera focus")] = False
    focus: Annotated[float | None, Field(ge=0, description="in the camera's own unit")] = None

    def open(self, folder: Path) -> Camera:
        """The camera, set up and streaming.

        Raises:
            SourceError: if it is not there, in use, or does not stream.
        """
        from camera_agent.v4l2 import open_camera

        return open_camera(self, folder)
