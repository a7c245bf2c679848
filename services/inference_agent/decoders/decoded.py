"""What goes into a decoder and what comes out of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from okko.contracts import Detection, PredictionMap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_SCORES = 20
NOTABLE_SCORE = 0.05
"""The best few scores are reported, and all from here up: a thousand classes would make each prediction 30 kB."""


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """One output of a model before it has run: its name, its shape, and the highest value that its type can hold.

    `highest` is None where nothing bounds it: of an int8 softmax with scale 1/256 it is 0.99609.
    """

    name: str
    shape: tuple[int, ...]
    highest: float | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a model: `values` are real numbers, float32, whatever the tensor holds."""

    name: str
    values: "NDArray[np.float32]"


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the outputs mean: the fields of a Prediction that depend on the task."""

    task: str
    label: str | None = None
    score: float | None = None
    scores: dict[str, float] | None = None
    detections: tuple[Detection, ...] | None = None
    areas: dict[str, float] | None = None
    anomaly_score: float | None = None
    anomaly_threshold: float | None = None
    map: PredictionMap | None = None


def score_of(value: float) -> float:
    """A score as it is reported: clipped to 0..1, six digits, so that one picture always gives the same text."""
    return round(min(1.0, max(0.0, float(value))), 6)
