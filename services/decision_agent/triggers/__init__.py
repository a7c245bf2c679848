"""Where triggers come from, one file each; `kind` tells them apart in the station file."""

from typing import Annotated

from pydantic import Field

from decision_agent.triggers.gpio import GpioTrigger
from decision_agent.triggers.interval import IntervalTrigger
from decision_agent.triggers.mqtt import MqttTrigger

TriggerSource = Annotated[MqttTrigger | IntervalTrigger | GpioTrigger, Field(discriminator="kind")]

__all__ = ["GpioTrigger", "IntervalTrigger", "MqttTrigger", "TriggerSource"]
