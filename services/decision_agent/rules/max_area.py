"""KO where a label takes more of the frame than it may."""

from typing import Annotated, Literal

from pydantic import Field

from decision_agent.rules.area import AreaRule
from okko.contracts import Finding


class MaxArea(AreaRule):
    """The part is OK if the labels together take at most `area` of the full frame; 0 allows none of them at all."""

    kind: Literal["max_area"] = "max_area"
    area: Annotated[float, Field(ge=0.0, lt=1.0, description="the greatest share of the full frame, 0 to 1")]

    def judge_area(self, taken: float, *, near: bool) -> Finding:
        """What the rule says of the share of the frame that its labels take."""
        if taken > self.area:
            return self.finding("KO", self.text(taken, ">"), borderline=near)
        return self.finding("OK", self.text(taken, "<="), borderline=near)
