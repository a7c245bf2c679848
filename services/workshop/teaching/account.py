"""What came of a teaching, whole: what the card and the report tell, and nothing else does. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from inference_agent.decoders.anomaly import LABELS
from workshop.teaching.example import Known
from workshop.teaching.threshold import Threshold

Role = Literal["good", "KO", "suspect", "taught good", "taught KO"]
"""A suspect was shown as good and looks so little like the others that nothing was taught from it.

Where some parts teach and others are held out, those that taught have a role of their own: what they score says nothing
of parts to come.
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """An example after it was looked at; `thumb` is a small JPEG of it, `defect` what a person called its defect."""

    name: str
    known: Known
    sha256: str
    captured_at: str
    part_id: str
    width_px: int
    height_px: int
    thumb: bytes
    defect: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """A shown part with its score: of a good one as it looks to what all others taught."""

    shown: Shown
    score: float
    role: Role


@dataclass(frozen=True, slots=True)
class Tried:
    """A method as it did when the methods were compared; `auroc` is None where no KO part was shown."""

    method: str
    spread: float
    auroc: float | None


@dataclass(frozen=True, slots=True)
class Account:
    """`scored` are in the order in which they were shown; `warnings` are sentences for people.

    `backbone` is empty where the method is a network of its own. `labels` are what the bundle says, OK first.
    """

    name: str
    version: str
    station: str
    camera: str
    backbone: str
    backbone_sha256: str
    method: str
    threshold: Threshold
    scored: tuple[Scored, ...]
    tried: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    labels: tuple[str, ...] = LABELS

    def of(self, role: Role) -> tuple[Scored, ...]:
        """Those with this role, the highest score first."""
        found = [scored for scored in self.scored if scored.role == role]
        return tuple(sorted(found, key=lambda scored: (-scored.score, scored.shown.name)))

    def count(self, known: Literal["good", "KO"]) -> int:
        """How many were shown as that and not doubted, whether they taught or were held out."""
        return sum(scored.role.removeprefix("taught ") == known for scored in self.scored)

    @property
    def by_odds(self) -> bool:
        """Whether the threshold was chosen by the odds of scores that are probabilities."""
        return self.method == "cnn"

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """The sizes of the pictures, in pixels, the most frequent first."""
        counts: dict[tuple[int, int], int] = {}
        for scored in self.scored:
            size = (scored.shown.width_px, scored.shown.height_px)
            counts[size] = counts.get(size, 0) + 1
        return tuple(sorted(counts, key=lambda size: (-counts[size], size)))

    @property
    def period(self) -> tuple[str, str] | None:
        """When the first and the last picture were taken; None where nothing tells."""
        instants = sorted(scored.shown.captured_at for scored in self.scored if scored.shown.captured_at)
        return (instants[0], instants[-1]) if instants else None


def scores_of(scored: Sequence[Scored]) -> list[float]:
    """Their scores alone."""
    return [one.score for one in scored]
