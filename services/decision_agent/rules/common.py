"""What the rules share: which prediction they look at, and how near a threshold is too near."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from okko.contracts import Finding, Prediction, Reason, VerdictWord
from okko.settings import Name, Settings, Share

Label = Annotated[str, Field(min_length=1, max_length=200)]
Seen = list[tuple[str, float]]
"""Labels with their scores, the highest first."""

_ROUNDING = 1e-9
"""Scores have six digits; what a difference of two such numbers is off by must not decide."""


class ModelRule(Settings):
    """A rule about what a model says of one camera's pictures. `model` tells which, where the camera has several."""

    kind: str
    camera: Annotated[Name, Field(description="whose predictions it judges")]
    model: Annotated[Name | None, Field(description="which model's, where the camera has several")] = None

    def finding(
        self, verdict: VerdictWord, text: str, *, borderline: bool = False, reason: Reason = "rules"
    ) -> Finding:
        """What this rule says."""
        return Finding(
            rule=self.kind, camera=self.camera, verdict=verdict, text=text, reason=reason, borderline=borderline
        )

    def no_evidence(self, prediction: Prediction, text: str) -> Finding:
        """What is said of a prediction that does not speak of what the rule is about: KO, never OK by silence."""
        return self.finding("KO", f"model {prediction.model.name} {text}", reason="model_fault")


class NamingRule(ModelRule):
    """A rule about labels: `label` names one, `labels` several."""

    label: Annotated[Label | None, Field(description="the label that it is about")] = None
    labels: Annotated[
        tuple[Label, ...] | None,
        Field(min_length=1, description="several labels, instead of `label`: any of them counts"),
    ] = None

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


class LabelRule(NamingRule):
    """A rule about labels that one camera's model reports with a score.

    A score within `review_margin` of the threshold leaves the verdict as it is and makes the finding borderline.
    """

    min_score: Annotated[Share, Field(description="a score below it does not count")] = 0.5
    review_margin: Annotated[
        Share, Field(description="a score so near to `min_score` makes the item borderline; the verdict stays")
    ] = 0.0

    def is_near(self, score: float) -> bool:
        """Whether a score is within the review margin of the threshold."""
        return is_within(self.review_margin, score - self.min_score)

    def judge(self, prediction: Prediction) -> Finding:
        """What the rule says of one prediction; one that does not speak of labels at all is no evidence: KO."""
        if prediction.label is None and prediction.scores is None and prediction.detections is None:
            return self.no_evidence(prediction, f"reports no labels ({prediction.task})")
        return self.judge_labels(prediction, self.scores_of(prediction))

    def judge_labels(self, prediction: Prediction, seen: Seen) -> Finding:
        """What the rule says of the labels that it is about, as they were seen."""
        raise NotImplementedError

    def scores_of(self, prediction: Prediction) -> Seen:
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


def is_within(margin: float, distance: float) -> bool:
    """Whether something is nearer to its bound than the margin, which is none where it is 0."""
    return margin > 0 and abs(distance) <= margin + _ROUNDING
