"""OK where an expected label is seen: the top label of a classifier, or any detection."""

from typing import Literal

from decision_agent.rules.common import LabelRule, names
from okko.contracts import Finding, Prediction


class ExpectedLabel(LabelRule):
    """The part is OK if the model reports the label with at least `min_score`.

    Of a classifier the label must also be the best one: a runner-up above the threshold is not what was expected.
    """

    kind: Literal["expected_label"] = "expected_label"

    def judge(self, prediction: Prediction) -> Finding:
        """What the rule says of one prediction."""
        seen = self.scores_of(prediction)
        label, score = seen[0] if seen else (names(self.wanted), 0.0)
        is_best = prediction.detections is not None or prediction.label in self.wanted
        if score >= self.min_score and is_best:
            text = f"{label} {score:.3f} >= {self.min_score:g}"
            return self.finding(self.kind, "OK", text, borderline=self.is_near(score))
        if not is_best and prediction.label is not None:
            text = f"{prediction.label} {prediction.score or 0.0:.3f} instead of {names(self.wanted)}"
        else:
            text = f"{label} {score:.3f} < {self.min_score:g}"
        return self.finding(self.kind, "KO", text, borderline=self.is_near(score))
