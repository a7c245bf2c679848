"""How the findings of one item become one verdict: pure functions of what is known so far."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from okko.contracts import Finding
from okko.settings import Settings


class All(Settings):
    """OK if every rule says OK of every camera."""

    kind: Literal["all"] = "all"

    def needed(self, cameras: int) -> int:
        """How many of the expected cameras must be OK."""
        return cameras


class MinOk(Settings):
    """OK if at least `count` of the expected cameras are OK. A camera that gave nothing is KO."""

    kind: Literal["min_ok"] = "min_ok"
    count: Annotated[int, Field(ge=1, description="how many cameras must be OK")]

    def needed(self, cameras: int) -> int:  # noqa: ARG002 - the three kinds are asked alike
        """How many of the expected cameras must be OK."""
        return self.count


class MinRatio(Settings):
    """OK if at least this share of the expected cameras is OK. A camera that gave nothing is KO."""

    kind: Literal["min_ratio"] = "min_ratio"
    ratio: Annotated[float, Field(gt=0, le=1, description="the share of cameras that must be OK, rounded up")]

    def needed(self, cameras: int) -> int:
        """How many of the expected cameras must be OK: the ratio rounded up, and one at least."""
        exact = self.ratio * cameras
        return max(1, -(-round(exact * 1_000_000) // 1_000_000))


Combine = Annotated[All | MinOk | MinRatio, Field(discriminator="kind")]


def decided(
    combine: "All | MinOk | MinRatio", cameras: Sequence[str], findings: Mapping[str, Finding | None]
) -> Literal["OK", "KO"] | None:
    """The verdict that the cameras' findings allow so far, or None while more must come in.

    `findings` holds for each camera that is settled None if it is OK, or the finding that made it KO.
    """
    needed = combine.needed(len(cameras))
    ok = sum(camera in findings and findings[camera] is None for camera in cameras)
    open_ = sum(camera not in findings for camera in cameras)
    if needed >= 1 and ok >= needed:
        return "OK"
    if ok + open_ < needed:
        return "KO"
    return None
