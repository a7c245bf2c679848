"""A production line of plastic ducks without a line: for the demo, for tests, for a first look at okko."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from camera_agent.simulator.kinds import DEFECT_KINDS, DefectKind, Variation, View
from okko.settings import Settings, Share

if TYPE_CHECKING:
    from pathlib import Path

    from camera_agent.shot import Camera


class SimulatorSource(Settings):
    """Ducks on a belt, drawn as they are asked for.

    A duck depends on `seed` and its number alone: cameras with the same `seed`, `defect_rate`, `defects` and
    `variation` see the same duck, each from its `view`. `exposure_ms` is how long the camera takes to expose.
    """

    kind: Literal["simulator"] = "simulator"
    view: Annotated[View, Field(description="the side of the duck that this camera sees")] = "left"
    seed: Annotated[int, Field(ge=0, le=2**32 - 1, description="another seed, other ducks")] = 0
    defect_rate: Annotated[Share, Field(description="the share of ducks with a defect")] = 0.1
    defects: Annotated[tuple[DefectKind, ...], Field(min_length=1, description="which defects there are")] = (
        DEFECT_KINDS
    )
    variation: Annotated[Variation, Field(description="`unseen`: another belt, harsher light")] = "normal"
    width_px: Annotated[int, Field(ge=64, le=4096, description="width of the picture")] = 640
    height_px: Annotated[int, Field(ge=64, le=3072, description="height of the picture")] = 480
    exposure_ms: Annotated[float, Field(ge=0.0, le=10_000.0, description="how long an exposure takes")] = 0.0

    def open(self, folder: Path | None = None) -> Camera:  # noqa: ARG002 - it reads no files
        """The camera, ready for its first duck."""
        from camera_agent.simulator.camera import SimulatedCamera

        return SimulatedCamera(
            seed=self.seed,
            view=self.view,
            defect_rate=self.defect_rate,
            defects=self.defects,
            variation=self.variation,
            width_px=self.width_px,
            height_px=self.height_px,
            exposure_ms=self.exposure_ms,
        )
