"""KO where more detections are seen than there may be."""

from typing import Annotated, Literal

from pydantic import Field

from decision_agent.rules.common import LabelRule, Seen, names
from okko.contracts import Finding, Prediction


class MaxCount(LabelRule):
    """The part is OK if at most `count` detections of the label reach `min_score`."""

    kind: Literal["max_count"] = "max_count"
    count: Annotated[int, Field(ge=0, le=10_000, description="how many there may be at most")]

    def judge_labels(self, prediction: Prediction, seen: Seen) -> Finding:  # noqa: ARG002 - the rules are asked alike
        """What the rule says of the labels that it is about, as they were seen."""
        found = sum(score >= self.min_score for _, score in seen)
        text = f"{found} x {names(self.wanted)}, at most {self.count}"
        borderline = any(self.is_near(score) for _, score in seen)
        return self.finding("OK" if found <= self.count else "KO", text, borderline=borderline)
