"""One `[[camera]]` of a station file."""

from typing import Annotated

from pydantic import Field

from camera_agent.encoding import EncodingSettings, JpegEncoding
from camera_agent.roi import Roi
from camera_agent.sources import Source
from okko.outbox import OutboxSettings
from okko.settings import Name, Settings


class CameraSettings(Settings):
    """One camera: where its pictures come from, which part of them is published, and how they are packed."""

    name: Name
    source: Source
    encoding: EncodingSettings = JpegEncoding()
    roi: Roi | None = None
    capture_timeout_ms: Annotated[
        int, Field(ge=50, le=60_000, description="a capture that takes longer is given up, and the source opened anew")
    ] = 2000
    outbox: OutboxSettings = OutboxSettings()
