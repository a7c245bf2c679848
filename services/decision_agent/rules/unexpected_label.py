"""KO where an unwanted label is seen."""

from typing import Literal

from decision_agent.rules.common import LabelRule, Seen, names
from okko.contracts import Finding, Prediction


class UnexpectedLabel(LabelRule):
    """The part is KO if the model reports the label with at least `min_score`, be it the best one or not."""

    kind: Literal["unexpected_label"] = "unexpected_label"

    def judge_labels(self, prediction: Prediction, seen: Seen) -> Finding:  # noqa: ARG002 - the rules are asked alike
        """What the rule says of the labels that it is about, as they were seen."""
        if not seen:
            return self.finding("OK", f"no {names(self.wanted)}", borderline=self.is_near(0.0))
        label, score = seen[0]
        if score >= self.min_score:
            return self.finding("KO", f"{label} {score:.3f} >= {self.min_score:g}", borderline=self.is_near(score))
        return self.finding("OK", f"{label} {score:.3f} < {self.min_score:g}", borderline=self.is_near(score))
