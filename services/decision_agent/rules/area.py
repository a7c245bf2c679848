"""What the rules about areas share."""

import math
from typing import Annotated

from pydantic import Field

from decision_agent.rules.common import NamingRule, is_within, names
from okko.contracts import Finding, Prediction
from okko.settings import Share

_ROUNDING = 1e-6
"""Areas have six digits; several labels together may be more than the frame by what that rounds."""


class AreaRule(NamingRule):
    """A rule about how much of the full frame labels take, all of them together.

    An area within `review_margin` of `area` leaves the verdict as it is and makes the finding borderline.
    """

    area: float
    review_margin: Annotated[
        Share, Field(description="a share so near to `area` makes the item borderline; the verdict stays")
    ] = 0.0

    def judge(self, prediction: Prediction) -> Finding:
        """What the rule says of one prediction; one that does not speak of areas is no evidence: KO."""
        if prediction.areas is None:
            return self.no_evidence(prediction, f"reports no areas ({prediction.task})")
        areas = [prediction.areas.get(label, 0.0) for label in dict.fromkeys(self.wanted)]
        taken = sum(areas)
        # min() of NaN and a number may be the number: each is asked.
        if not all(math.isfinite(area) and area >= 0 for area in areas) or taken > 1 + len(areas) * _ROUNDING:
            return self.no_evidence(prediction, f"reports an area that is none: {taken:g}")
        return self.judge_area(taken, near=is_within(self.review_margin, taken - self.area))

    def judge_area(self, taken: float, *, near: bool) -> Finding:
        """What the rule says of the share of the frame that its labels take."""
        raise NotImplementedError

    def text(self, taken: float, sign: str) -> str:
        """Both figures, for people."""
        return f"{names(self.wanted)} takes {taken:.6g} {sign} {self.area:g}"
