"""KO where an unwanted label is seen."""

from typing import Literal

from decision_agent.rules.common import LabelRule, names
from okko.contracts import Finding, Prediction


class UnexpectedLabel(LabelRule):
    """The part is KO if the model reports the label with at least `min_score`, be it the best one or not."""

    kind: Literal["unexpected_label"] = "unexpected_label"

    def judge(self, prediction: Prediction) -> Finding:
        """What the rule says of one prediction."""
        seen = self.scores_of(prediction)
        label, score = seen[0] if seen else (names(self.wanted), 0.0)
        near = self.is_near(score)
        if seen and score >= self.min_score:
            return self.finding(self.kind, "KO", f"{label} {score:.3f} >= {self.min_score:g}", borderline=near)
        return self.finding(self.kind, "OK", f"{label} {score:.3f} < {self.min_score:g}", borderline=near)
