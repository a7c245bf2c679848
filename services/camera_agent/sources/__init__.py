"""Camera sources, one file each; `kind` tells them apart in the station file."""

from typing import Annotated

from pydantic import Field

from camera_agent.sources.folder import FolderSource
from camera_agent.sources.picamera2 import Picamera2Source
from camera_agent.sources.simulator import SimulatorSource
from camera_agent.sources.usb import UsbSource
from camera_agent.sources.video import VideoSource

Source = Annotated[
    FolderSource | Picamera2Source | SimulatorSource | UsbSource | VideoSource, Field(discriminator="kind")
]
