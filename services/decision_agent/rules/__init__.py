"""Rules, one file each; `kind` tells them apart in the station file. A rule is a setting that judges."""

from typing import Annotated

from pydantic import Field

from decision_agent.rules.expected_label import ExpectedLabel
from decision_agent.rules.image import ImageRule
from decision_agent.rules.max_count import MaxCount
from decision_agent.rules.min_count import MinCount
from decision_agent.rules.unexpected_label import UnexpectedLabel

Rule = Annotated[
    ExpectedLabel | UnexpectedLabel | MinCount | MaxCount | ImageRule,
    Field(discriminator="kind"),
]

__all__ = ["ExpectedLabel", "ImageRule", "MaxCount", "MinCount", "Rule", "UnexpectedLabel"]
