"""What a report says, as values. Instants are Unix, ms."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.events.reader import EventKind
from okko.contracts import Percentiles, Reason, VerdictWord
from workshop.replay.album import Picture


@dataclass(frozen=True, slots=True)
class Span:
    """What a report is about: `begin_ms` inclusive, `end_ms` not; `shift` as `2026-11-25/2` where it is one."""

    begin_ms: int
    end_ms: int
    shift: str | None = None
    under_way: bool = False

    @property
    def minutes(self) -> float:
        """How long it is."""
        return (self.end_ms - self.begin_ms) / 60_000


@dataclass(frozen=True, slots=True)
class Bar:
    """What was decided from one instant on, for the length of a step of the chart."""

    at_ms: int
    ok: int
    ko: int


@dataclass(frozen=True, slots=True)
class Kind:
    """KO items whose findings differ in their numbers alone, and the ids of some, spread over the time."""

    finding: str
    reason: Reason
    count: int
    item_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelUsed:
    """A model that looked at a camera's frames; `errors`: in so many KO items it gave no prediction."""

    name: str
    version: str
    shadow: bool
    errors: int = 0


@dataclass(frozen=True, slots=True)
class CameraFigures:
    """In how many items a camera had a part, in how many of the KO ones a finding of its own said KO."""

    name: str
    items: int
    ko: int
    models: tuple[ModelUsed, ...] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """From when to when (first and last item) one configuration was in force, and its models by camera."""

    config_sha256: str
    first_ms: int
    last_ms: int
    models: Mapping[str, tuple[ModelUsed, ...]]


@dataclass(frozen=True, slots=True)
class GoldenResult:
    """A golden part that came; `passed` None: it was not inspected, which says nothing either way."""

    part_id: str
    at_ms: int
    expected: VerdictWord
    verdict: VerdictWord
    reason: Reason
    finding: str | None
    passed: bool | None


@dataclass(frozen=True, slots=True)
class Labels:
    """How many items of the span people have labelled, by verdict and by what they were."""

    ok_good: int = 0
    ok_bad: int = 0
    ko_good: int = 0
    ko_bad: int = 0

    @property
    def count(self) -> int:
        """How many in all."""
        return self.ok_good + self.ok_bad + self.ko_good + self.ko_bad


@dataclass(frozen=True, slots=True)
class Pictured:
    """A camera's picture, and what a model said of it in a few words, where one did."""

    picture: Picture
    said: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A KO item with its pictures; without any where its images are `gone`, with the reason."""

    item_id: str
    part_id: str
    at_ms: int
    reason: Reason
    finding: str
    label: str | None
    pictures: tuple[Pictured, ...]
    gone: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """The items of a span. Golden parts are counted in `golden` alone."""

    ok: int = 0
    ko: int = 0
    golden: int = 0
    late: int = 0
    borderline: int = 0
    missed: int | None = None
    """None where no trigger had a `seq`."""
    by_reason: Mapping[Reason, int] = field(default_factory=dict)
    latency: Percentiles | None = None
    step_ms: int = 60_000
    bars: tuple[Bar, ...] = ()
    kinds: tuple[Kind, ...] = ()
    cameras: tuple[CameraFigures, ...] = ()
    periods: tuple[Period, ...] = ()

    @property
    def total(self) -> int:
        """How many."""
        return self.ok + self.ko

    @property
    def yield_(self) -> float | None:
        """The share of OK ones, 0..1; None of nothing."""
        return self.ok / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it. `events` None: nobody has noted them; `record_from_ms`: the oldest item in the whole record."""

    span: Span
    counts: Counts
    labels: Labels
    golden: tuple[GoldenResult, ...]
    events: tuple[EventKind, ...] | None
    events_from_ms: int | None
    record_from_ms: int | None
    shown: tuple[Shown, ...]
