"""Counts the items of a span as they are read, in bounded memory however many there are. Pure."""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from dashboard.report.figures import Bar, CameraFigures, Counts, Kind, ModelUsed, Period, Span
from dashboard.report.missed import Missed
from okko.contracts import Percentiles, Reason
from okko.watch.tally import KINDS_OF_FINDING, OTHERS, alike

MOST_BARS = 120
STEPS_MIN = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 360, 720, 1440, 7 * 1440, 30 * 1440)
"""Lengths of a bar that people can tell the time by."""

SAMPLES = 8
"""So many items of each kind of finding are remembered, to choose pictures from."""

Row = tuple[int, int, str, str, Reason, int, int, float, int | None, str]
"""decided_ms, id, item_id, verdict, reason, golden, borderline, latency_ms, seq, cameras."""


def step_ms(span: Span) -> int:
    """How long a bar of the chart is, so that there are not too many of them."""
    minutes = next((step for step in STEPS_MIN if span.minutes / step <= MOST_BARS), None)
    return (minutes or int(span.minutes / MOST_BARS) + 1) * 60_000


class KoFinding(msgspec.Struct, frozen=True):
    """Of a finding, what is counted."""

    camera: str | None
    verdict: str


class KoModel(msgspec.Struct, frozen=True):
    """Of a model, its name."""

    name: str


class KoPrediction(msgspec.Struct, frozen=True):
    """Of a prediction, whether it is one."""

    camera: str
    model: KoModel
    error: msgspec.Raw | None = None


class KoItem(msgspec.Struct, frozen=True):
    """Of a KO item's story, what is counted: the rest is passed over when it is read."""

    item_id: str
    reason: Reason
    finding: str | None
    deadline_met: bool
    findings: tuple[KoFinding, ...]
    predictions: tuple[KoPrediction, ...]


@dataclass(slots=True)
class _Kind:
    reason: Reason
    count: int = 0
    item_ids: list[str] = field(default_factory=list)
    stride: int = 1

    def add(self, item_id: str) -> None:
        """Every `stride`th is remembered; when there are too many, every second of them is let go."""
        if self.count % self.stride == 0:
            self.item_ids.append(item_id)
            if len(self.item_ids) > SAMPLES:
                del self.item_ids[1::2]
                self.stride *= 2
        self.count += 1


class Counting:
    """Takes the rows of items in the order of their decisions, and the stories of those that are KO."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self.step_ms = step_ms(span)
        self._verdicts: Counter[str] = Counter()
        self._golden = self._late = self._borderline = 0
        self._reasons: Counter[Reason] = Counter()
        self._bars: dict[str, Counter[int]] = {"OK": Counter(), "KO": Counter()}
        self._cameras: Counter[str] = Counter()
        self._camera_ko: Counter[str] = Counter()
        self._errors: Counter[tuple[str, str]] = Counter()
        self._latencies = array("f")
        self._kinds: dict[str, _Kind] = {}
        self._missed = Missed()
        self._has_seq = False

    def rows(self, rows: Sequence[Row]) -> None:
        """Some more items."""
        begin_ms, step = self.span.begin_ms, self.step_ms
        seqs: list[tuple[str, int]] = []
        for decided_ms, _, item_id, verdict, _reason, golden, borderline, latency_ms, seq, cameras in rows:
            if seq is not None:
                seqs.append((item_id, seq))
            if golden:
                self._golden += 1
                continue
            self._verdicts[verdict] += 1
            self._borderline += borderline
            self._cameras[cameras] += 1
            self._bars[verdict][(decided_ms - begin_ms) // step] += 1
            self._latencies.append(latency_ms)
        self._has_seq = self._has_seq or bool(seqs)
        self._missed.add(seqs)

    def ko(self, item: KoItem) -> None:
        """The story of a KO item that is no golden part."""
        self._late += not item.deadline_met
        self._reasons[item.reason] += 1
        cameras = {finding.camera for finding in item.findings if finding.verdict == "KO" and finding.camera}
        self._camera_ko.update(cameras)
        self._errors.update((p.camera, p.model.name) for p in item.predictions if p.error is not None)
        name = alike(item.finding or "")
        if name not in self._kinds and len(self._kinds) >= KINDS_OF_FINDING:
            name = OTHERS
        self._kinds.setdefault(name, _Kind(item.reason)).add(item.item_id)

    def counts(self, periods: Sequence[Period]) -> Counts:
        """What was counted; `periods`: the configurations that were in force."""
        return Counts(
            ok=self._verdicts["OK"],
            ko=self._verdicts["KO"],
            golden=self._golden,
            late=self._late,
            borderline=self._borderline,
            missed=self._missed.end() if self._has_seq else None,
            by_reason=dict(self._reasons.most_common()),
            latency=self._latency(),
            step_ms=self.step_ms,
            bars=self._all_bars(),
            kinds=tuple(
                Kind(name, kind.reason, kind.count, tuple(kind.item_ids))
                for name, kind in sorted(self._kinds.items(), key=lambda entry: (-entry[1].count, entry[0]))
            ),
            cameras=self._all_cameras(periods),
            periods=tuple(periods),
        )

    def _latency(self) -> Percentiles | None:
        if not self._latencies:
            return None
        ordered = sorted(self._latencies)
        n = len(ordered)
        return Percentiles(p50_ms=ordered[n // 2], p99_ms=ordered[min(n - 1, n * 99 // 100)], n=n)

    def _all_bars(self) -> tuple[Bar, ...]:
        count = -(-(self.span.end_ms - self.span.begin_ms) // self.step_ms)
        return tuple(
            Bar(self.span.begin_ms + index * self.step_ms, self._bars["OK"][index], self._bars["KO"][index])
            for index in range(count)
        )

    def _all_cameras(self, periods: Sequence[Period]) -> tuple[CameraFigures, ...]:
        items: Counter[str] = Counter()
        for names, count in self._cameras.items():
            items.update(dict.fromkeys(names.split(), count))
        models: dict[str, dict[ModelUsed, None]] = {}
        for period in periods:
            for camera, used in period.models.items():
                models.setdefault(camera, {}).update(dict.fromkeys(used))
        return tuple(
            CameraFigures(
                name,
                items[name],
                self._camera_ko[name],
                tuple(
                    ModelUsed(model.name, model.version, model.shadow, self._errors[name, model.name])
                    for model in models.get(name, ())
                ),
            )
            for name in sorted({*items, *self._camera_ko, *models})
        )
