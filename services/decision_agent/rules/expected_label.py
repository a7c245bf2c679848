"""OK where an expected label is seen: the top label of a classifier, or any detection."""

from typing import Literal

from decision_agent.rules.common import LabelRule, Seen, names
from okko.contracts import Finding, Prediction


class ExpectedLabel(LabelRule):
    """The part is OK if the model reports the label with at least `min_score`.

    Of a classifier the label must also be the best one: a runner-up above the threshold is not what was expected.
    """

    kind: Literal["expected_label"] = "expected_label"

    def judge_labels(self, prediction: Prediction, seen: Seen) -> Finding:
        """What the rule says of the labels that it is about, as they were seen."""
        is_best = prediction.detections is not None or prediction.label in self.wanted
        if not is_best and prediction.label is not None:
            text = f"{prediction.label} {prediction.score or 0.0:.3f} instead of {names(self.wanted)}"
            return self.finding("KO", text, borderline=bool(seen) and self.is_near(seen[0][1]))
        if not seen:
            return self.finding("KO", f"no {names(self.wanted)}", borderline=self.is_near(0.0))
        label, score = seen[0]
        if score >= self.min_score and is_best:
            return self.finding("OK", f"{label} {score:.3f} >= {self.min_score:g}", borderline=self.is_near(score))
        return self.finding("KO", f"{label} {score:.3f} < {self.min_score:g}", borderline=self.is_near(score))
