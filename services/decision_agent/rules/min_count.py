"""KO where fewer detections are seen than there must be."""

from typing import Annotated, Literal

from pydantic import Field

from decision_agent.rules.common import LabelRule, names
from okko.contracts import Finding, Prediction


class MinCount(LabelRule):
    """The part is OK if at least `count` detections of the label reach `min_score`.

    A classifier's prediction counts as one where its label reaches the score.
    """

    kind: Literal["min_count"] = "min_count"
    count: Annotated[int, Field(ge=1, le=10_000)]

    def judge(self, prediction: Prediction) -> Finding:
        """What the rule says of one prediction."""
        scores = [score for _, score in self.scores_of(prediction)]
        seen = sum(score >= self.min_score for score in scores)
        text = f"{seen} x {names(self.wanted)}, at least {self.count}"
        borderline = any(self.is_near(score) for score in scores)
        return self.finding(self.kind, "OK" if seen >= self.count else "KO", text, borderline=borderline)
