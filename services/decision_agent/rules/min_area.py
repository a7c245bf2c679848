"""KO where a label takes less of the frame than it must."""

from typing import Annotated, Literal

from pydantic import Field

from decision_agent.rules.area import AreaRule
from okko.contracts import Finding


class MinArea(AreaRule):
    """The part is OK if the labels together take at least `area` of the full frame."""

    kind: Literal["min_area"] = "min_area"
    area: Annotated[float, Field(gt=0.0, le=1.0, description="the least share of the full frame, above 0, up to 1")]

    def judge_area(self, taken: float, *, near: bool) -> Finding:
        """What the rule says of the share of the frame that its labels take."""
        if taken < self.area:
            return self.finding("KO", self.text(taken, "<"), borderline=near)
        return self.finding("OK", self.text(taken, ">="), borderline=near)
