"""Camera sources, one file each; `kind` tells them apart in the station file."""

from typing import Annotated

from pydantic import Field

from camera_agent.sources.folder import FolderSource
from camera_agent.sources.simulator import SimulatorSource

Source = Annotated[FolderSource | SimulatorSource, Field(discriminator="kind")]
