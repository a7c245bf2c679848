"""What stands under [recorder] in a station file."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from okko.settings import Settings
from recorder.retention import RetentionSettings

MIB = 1024 * 1024


class RecorderSettings(Settings):
    """Where the record is kept and how much may wait in memory."""

    path: Annotated[Path, Field(description="folder of the record, relative to the station's folder")] = Path("data")
    # A power cut costs at most the last second of records, so no group may wait longer.
    group_ms: Annotated[int, Field(ge=1, le=1000, description="longest wait of a group commit")] = 100
    queue_max_bytes: Annotated[
        int, Field(ge=MIB, description="what may wait for the disk; beyond it messages are dropped and sent again")
    ] = 128 * MIB
    retention: Annotated[RetentionSettings, Field(description="what is kept for how long")] = RetentionSettings()
