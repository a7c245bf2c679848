"""What the rules share: which prediction they look at, and how near a threshold is too near."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from okko.contracts import Finding, Prediction, VerdictWord
from okko.settings import Name, Settings, Share

Label = Annotated[str, Field(min_length=1, max_length=200)]


class LabelRule(Settings):
    """A rule about labels that one camera's model reports.

    `label` names one, `labels` several; `model` tells which, where the camera has more than one. A score within
    `review_margin` of the threshold leaves the verdict as it is and makes the finding borderline.
    """

    camera: Name
    model: Name | None = None
    label: Label | None = None
    labels: Annotated[tuple[Label, ...], Field(min_length=1)] | None = None
    min_score: Share = 0.5
    review_margin: Share = 0.0

    @model_validator(mode="after")
    def _one_of_label_and_labels(self) -> Self:
        if (self.label is None) == (self.labels is None):
            message = "give either `label` or `labels`"
            raise ValueError(message)
        return self

    @property
    def wanted(self) -> tuple[str, ...]:
        """The labels that the rule is about."""
        return self.labels if self.labels is not None else (self.label or "",)

    def is_near(self, score: float) -> bool:
        """Whether a score is within the review margin of the threshold."""
        return self.review_margin > 0 and abs(score - self.min_score) <= self.review_margin

    def finding(self, kind: str, verdict: VerdictWord, text: str, *, borderline: bool = False) -> Finding:
        """What this rule says."""
        return Finding(rule=kind, camera=self.camera, verdict=verdict, text=text, borderline=borderline)

    def scores_of(self, prediction: Prediction) -> list[tuple[str, float]]:
        """Every (label, score) of the prediction that the rule is about, the highest score first."""
        wanted = set(self.wanted)
        if prediction.detections is not None:
            found = [(d.label, d.score) for d in prediction.detections if d.label in wanted]
        elif prediction.scores is not None:
            found = [(label, score) for label, score in prediction.scores.items() if label in wanted]
        else:
            found = []
        if prediction.label in wanted and prediction.score is not None and prediction.detections is None:
            found = [*(pair for pair in found if pair[0] != prediction.label), (prediction.label, prediction.score)]
        return sorted(found, key=lambda pair: -pair[1])


def names(labels: tuple[str, ...]) -> str:
    """Labels as a person reads them."""
    return " or ".join(labels)
