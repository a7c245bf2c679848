"""The tables of a `station.toml`, as pydantic models. What a rule, a source or a trigger is stands with its agent."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from camera_agent.settings import CameraSettings
from dashboard.settings import DashboardSettings
from decision_agent.combine import All, Combine
from decision_agent.golden_settings import GoldenSettings
from decision_agent.rules import Rule
from decision_agent.triggers import MqttTrigger, TriggerSource
from okko.broker_settings import BrokerSettings
from okko.settings import Name, Settings
from okko.topics import check_base
from recorder.settings import RecorderSettings
from recorder.uplink_settings import UplinkSettings

INFERENCE = "inference"
"""The name of the inference agent where there is one for all cameras."""

Millis = Annotated[int, Field(ge=1, le=3_600_000)]


class StationTable(Settings):
    """`[station]`: who the station is, and how long it may take."""

    site: Annotated[Name, Field(description="the plant")]
    line: Annotated[Name, Field(description="the production line")]
    name: Annotated[Name, Field(description="the station on the line")]
    base: Annotated[str | None, Field(description="topic prefix; default `okko/v1/<site>/<line>/<name>`")] = None
    recipe: Annotated[
        str, Field(min_length=1, max_length=64, description="a trigger that names another one gets KO `recipe`")
    ] = "default"
    deadline_ms: Annotated[
        int, Field(ge=10, le=600_000, description="from the trigger's arrival; KO `deadline` when the time is up")
    ] = 1000
    capture_window_ms: Annotated[
        int,
        Field(
            ge=1,
            le=600_000,
            description="a frame exposed later after its trigger shows another part; "
            "triggers read after the agent or the broker stood still for so long are KO `late`",
        ),
    ] = 200
    duplicate_window_ms: Annotated[
        Millis, Field(description="the same part_id and seq within it is the same item and gets its verdict again")
    ] = 10_000
    ask_window_ms: Annotated[
        Millis, Field(description="for how long `ask` is answered with the verdict that stands, KO `late` after it")
    ] = 600_000
    max_items_in_flight: Annotated[
        int, Field(ge=1, le=1000, description="more triggers than this without a verdict get KO `overload` at once")
    ] = 64
    ready_needs_recorder: Annotated[bool, Field(description="`ready` is 0 while the recorder cannot store")] = False

    @field_validator("base")
    @classmethod
    def _usable_base(cls, base: str | None) -> str | None:
        return base if base is None else check_base(base)

    @model_validator(mode="after")
    def _window_within_deadline(self) -> Self:
        if self.capture_window_ms > self.deadline_ms:
            message = f"capture_window_ms = {self.capture_window_ms} is longer than deadline_ms = {self.deadline_ms}"
            raise ValueError(message)
        return self


class ModelTable(Settings):
    """`[[model]]`: a bundle and the cameras whose frames it sees."""

    bundle: Annotated[Path, Field(description="the bundle's folder, relative to the station file")]
    cameras: Annotated[
        tuple[Name, ...], Field(min_length=1, description="the names of the cameras whose frames it sees")
    ]
    shadow: Annotated[
        bool, Field(description="it sees the same frames without a say in the verdict; recorded and compared")
    ] = False


class InferenceTable(Settings):
    """`[[inference]]`: one of several inference agents, a process of its own that serves some of the cameras.

    Without any of these tables there is one agent, named `inference`, for all cameras.
    """

    name: Annotated[Name, Field(description="the agent is called `inference-<name>`")]
    cameras: Annotated[
        tuple[Name, ...],
        Field(min_length=1, description="the cameras whose frames it looks at; each camera with a model has one agent"),
    ]

    @property
    def agent(self) -> str:
        """The agent's name on the broker."""
        return f"{INFERENCE}-{self.name}"


class JournalSettings(Settings):
    """`[journal]`: what the decision agent must not forget."""

    path: Annotated[Path | None, Field(description="a folder; default `journal` in the station's data")] = None


class StationFile(Settings):
    """A whole `station.toml`."""

    station: StationTable
    trigger: TriggerSource = MqttTrigger()
    broker: BrokerSettings = BrokerSettings()
    camera: Annotated[tuple[CameraSettings, ...], Field(min_length=1)]
    model: tuple[ModelTable, ...] = ()
    inference: tuple[InferenceTable, ...] = ()
    rule: tuple[Rule, ...] = ()
    combine: Combine = All()
    golden: GoldenSettings | None = None
    journal: JournalSettings = JournalSettings()
    recorder: RecorderSettings | None = None
    uplink: UplinkSettings | None = None
    dashboard: DashboardSettings | None = None
