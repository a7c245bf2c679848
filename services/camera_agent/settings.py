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

    name: Annotated[Name, Field(description="stands in topics, in rules and in the record")]
    source: Annotated[Source, Field(description="where its pictures come from; each kind has its own keys")]
    encoding: Annotated[EncodingSettings, Field(description="how its pictures are packed")] = JpegEncoding()
    roi: Annotated[
        Roi | None,
        Field(description="[x0, y0, x1, y1]: the part that is published, in shares of the frame; default: all"),
    ] = None
    capture_timeout_ms: Annotated[
        int, Field(ge=50, le=60_000, description="a capture that takes longer is given up, and the source opened anew")
    ] = 2000
    outbox: Annotated[OutboxSettings, Field(description="frames that wait for the recorder's receipt")] = (
        OutboxSettings()
    )
