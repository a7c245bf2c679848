"""What the engine wants done: values that the agent carries out in the order in which they come."""

from dataclasses import dataclass
from typing import Any

from decision_agent.part import Part
from decision_agent.story import whole_story
from okko.contracts import Capture, Captured, Item, Prediction, Severity, Verdict


@dataclass(frozen=True, slots=True)
class Admitted:
    """A trigger became an item: to the journal, before anything is published about it.

    `last_seq` is where the PLC's counter stands after it: an item that was asked for leaves it where it was. `age_ns`:
    how old the trigger may have been when it was read.
    """

    item_id: str
    number: int
    seq: int | None
    part_id: str
    epoch: int
    last_seq: int | None
    arrived_mono_ns: int
    triggered_at: str
    cameras: tuple[str, ...]
    raw: Any
    age_ns: int = 0


@dataclass(frozen=True, slots=True)
class Photograph:
    """Cameras, expose."""

    capture: Capture


@dataclass(frozen=True, slots=True)
class AllCaptured:
    """Every camera has exposed: the part may move."""

    seq: int | None
    part_id: str


@dataclass(frozen=True, slots=True)
class Decided:
    """The verdict of an item: to the journal, then to the PLC and everybody else. `nth` counts the verdicts."""

    verdict: Verdict
    nth: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """A verdict that stands, asked for again."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more can come in for an item: its whole story is told, off the path."""

    part: Part
    verdict: Verdict
    config_sha256: str
    record_seq: int

    def item(self) -> Item:
        """The whole story. It is made when it is asked for: the verdict has gone out before."""
        return whole_story(self.part, self.verdict, self.config_sha256, self.record_seq)


@dataclass(frozen=True, slots=True)
class Told:
    """An event for people."""

    severity: Severity
    code: str
    text: str
    item_id: str | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """A message that is about nothing the engine waits for; counted by its reason."""

    reason: str


Output = Admitted | Photograph | AllCaptured | Decided | Repeated | Finished | Told | Ignored

Evidence = Captured | Prediction
