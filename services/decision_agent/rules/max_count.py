"""KO where more detections are seen than there may be."""

from typing import Annotated, Literal

from pydantic import Field

from decision_agent.rules.common import LabelRule, names
from okko.contracts import Finding, Prediction


class MaxCount(LabelRule):
    """The part is OK if at most `count` detections of the label reach `min_score`."""

    kind: Literal["max_count"] = "max_count"
    count: Annotated[int, Field(ge=0, le=10_000)]

    def judge(self, prediction: Prediction) -> Finding:
        """What the rule says of one prediction."""
        scores = [score for _, score in self.scores_of(prediction)]
        seen = sum(score >= self.min_score for score in scores)
        text = f"{seen} x {names(self.wanted)}, at most {self.count}"
        borderline = any(self.is_near(score) for score in scores)
        return self.finding(self.kind, "OK" if seen <= self.count else "KO", text, borderline=borderline)
