"""Rules, one file each; `kind` tells them apart in the station file. A rule is a setting that judges."""

from typing import Annotated

from pydantic import Field

from decision_agent.rules.expected_label import ExpectedLabel
from decision_agent.rules.image import ImageRule
from decision_agent.rules.max_anomaly import MaxAnomaly
from decision_agent.rules.max_area import MaxArea
from decision_agent.rules.max_count import MaxCount
from decision_agent.rules.min_area import MinArea
from decision_agent.rules.min_count import MinCount
from decision_agent.rules.unexpected_label import UnexpectedLabel

Rule = Annotated[
    ExpectedLabel | UnexpectedLabel | MinCount | MaxCount | MinArea | MaxArea | MaxAnomaly | ImageRule,
    Field(discriminator="kind"),
]

__all__ = [
    "ExpectedLabel",
    "ImageRule",
    "MaxAnomaly",
    "MaxArea",
    "MaxCount",
    "MinArea",
    "MinCount",
    "Rule",
    "UnexpectedLabel",
]
