"""What an item's page tells, as values: where the time went, what the trigger carried, what each model said. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from okko import contracts as c
from okko.watch.stages import way_of


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of one prediction: when it began after the trigger, and how long it took."""

    stage: str
    begin_ms: float
    ms: float


@dataclass(frozen=True, slots=True)
class Way:
    """The way of one prediction, from the trigger on."""

    camera: str
    model: str
    shadow: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """All ways, the whole, and what they are drawn against. `scale_ms`: the width of the drawing."""

    ways: tuple[Way, ...]
    latency_ms: float
    deadline_ms: float

    @property
    def scale_ms(self) -> float:
        """Enough for the deadline and for all that took longer; a quick item fills at least a quarter."""
        longest = max([self.latency_ms, *(step.begin_ms + step.ms for way in self.ways for step in way.steps)])
        return max(longest * 1.02, min(self.deadline_ms * 1.02, longest * 4))


def timeline(item: c.Item, deadline_ms: float) -> Timeline:
    """Where the time of an item went."""
    ways = []
    for prediction in item.predictions:
        begin_ms, steps = 0.0, []
        for stage, ms in way_of(item, prediction).items():
            steps.append(Step(stage, begin_ms, ms))
            begin_ms += ms
        if steps:
            ways.append(Way(prediction.camera, prediction.model.name, prediction.shadow, tuple(steps)))
    return Timeline(tuple(ways), item.latency_ms, deadline_ms)


def carried(trigger: Any) -> list[tuple[str, str]]:
    """What a trigger carried, key by key; one that is text, or no JSON object, under no key."""
    if isinstance(trigger, dict):
        return [(str(key), _plain(value)) for key, value in trigger.items()]
    return [] if trigger is None or trigger == "" else [("", _plain(trigger))]


def predictions_of(item: c.Item, frame_id: str) -> Sequence[c.Prediction]:
    """What was said of one frame."""
    return [prediction for prediction in item.predictions if prediction.frame_id == frame_id]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
