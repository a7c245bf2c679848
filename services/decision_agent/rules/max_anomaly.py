"""KO where a part looks odder than it may."""

import math
from typing import Annotated, Literal

from pydantic import Field

from decision_agent.rules.common import ModelRule, is_within
from okko.contracts import Finding, Prediction
from okko.settings import Share


class MaxAnomaly(ModelRule):
    """The part is OK if its anomaly score is at most `max_score`, or at most the model's own threshold without one.

    `review_margin` is a share of that bound, since each model's scores have a scale of their own: with 0.1 all that is
    within a tenth of it is borderline.
    """

    kind: Literal["max_anomaly"] = "max_anomaly"
    max_score: Annotated[
        float | None, Field(description="the greatest anomaly score; default: the threshold that the model was given")
    ] = None
    review_margin: Annotated[
        Share, Field(description="a score so near to the bound, as a share of it, makes the item borderline")
    ] = 0.0

    def judge(self, prediction: Prediction) -> Finding:
        """What the rule says of one prediction; one without a score, or without a bound, is no evidence: KO."""
        score = prediction.anomaly_score
        bound = prediction.anomaly_threshold if self.max_score is None else self.max_score
        if score is None:
            return self.no_evidence(prediction, f"gives no anomaly score ({prediction.task})")
        if bound is None:
            return self.no_evidence(prediction, "gives no threshold, and the rule has no `max_score`")
        if not (math.isfinite(score) and math.isfinite(bound)):
            return self.no_evidence(prediction, f"gives an anomaly score or threshold that is none: {score}, {bound}")
        near = is_within(self.review_margin * abs(bound), score - bound)
        if score > bound:
            return self.finding("KO", f"anomaly {score:.4g} > {bound:.4g}", borderline=near)
        return self.finding("OK", f"anomaly {score:.4g} <= {bound:.4g}", borderline=near)
