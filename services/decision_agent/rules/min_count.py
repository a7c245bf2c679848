"""KO where fewer detections are seen than there must be."""

from typing import Annotated, Literal

from pydantic import Field

from decision_agent.rules.common import LabelRule, Seen, names
from okko.contracts import Finding, Prediction


class MinCount(LabelRule):
    """The part is OK if at least `count` detections of the label reach `min_score`.

    Of a classifier each label that reaches the score counts as one.
    """

    kind: Literal["min_count"] = "min_count"
    count: Annotated[int, Field(ge=1, le=10_000, description="how many there must be at least")]

    def judge_labels(self, prediction: Prediction, seen: Seen) -> Finding:  # noqa: ARG002 - the rules are asked alike
        """What the rule says of the labels that it is about, as they were seen."""
        found = sum(score >= self.min_score for _, score in seen)
        text = f"{found} x {names(self.wanted)}, at least {self.count}"
        borderline = any(self.is_near(score) for _, score in seen)
        return self.finding("OK" if found >= self.count else "KO", text, borderline=borderline)
