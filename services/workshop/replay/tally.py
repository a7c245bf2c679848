"""What has come of the items so far: counts of bounded size, whatever the length of the record. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from okko.contracts import Finding, Frame, ModelRef, Percentiles, Prediction, Verdict, VerdictWord
from workshop.replay.evidence import Evidence, LeftOut
from workshop.replay.judge import Judgement
from workshop.replay.sweep_curve import Sweep

MODELS_KEPT = 50
"""How many different models that decided then are told apart."""

LABELS_KEPT = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """An item, as it was decided and as it would be."""

    item_id: str
    part_id: str
    decided_at: str
    truth: VerdictWord | None
    label: str
    before: Verdict
    after: Verdict
    findings_before: tuple[Finding, ...]
    findings_after: tuple[Finding, ...]

    @property
    def flips(self) -> bool:
        """Whether the verdict is another one."""
        return self.before.verdict != self.after.verdict


def outcome_of(evidence: Evidence, judgement: Judgement) -> Outcome:
    """The two verdicts side by side."""
    item = evidence.item
    return Outcome(
        item.item_id,
        item.part_id,
        item.decided_at,
        evidence.truth,
        evidence.label,
        item,
        judgement.verdict,
        item.findings,
        judgement.findings,
    )


@dataclass(frozen=True, slots=True)
class Looked:
    """An item that was looked at again: what there was, what the models say now, what comes of it."""

    evidence: Evidence
    frames: Mapping[str, Frame]
    predictions: Sequence[Prediction]
    outcome: Outcome


@dataclass(slots=True)
class Confusion:
    """Verdicts against the truth, where it is known."""

    counts: Counter[tuple[VerdictWord, VerdictWord]] = field(default_factory=Counter)

    def add(self, truth: VerdictWord, verdict: VerdictWord) -> None:
        """Count an item."""
        self.counts[truth, verdict] += 1

    def of(self, truth: VerdictWord) -> int:
        """How many really are so."""
        return self.counts[truth, "OK"] + self.counts[truth, "KO"]

    @property
    def escapes(self) -> int:
        """Bad parts that got OK."""
        return self.counts["KO", "OK"]

    @property
    def false_rejects(self) -> int:
        """Good parts that got KO."""
        return self.counts["OK", "KO"]


@dataclass(slots=True)
class Tally:
    """The sums over all items."""

    same: int = 0
    to_ko: int = 0
    to_ok: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    before: Confusion = field(default_factory=Confusion)
    after: Confusion = field(default_factory=Confusion)
    other_configuration: int = 0
    decided_by: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    """(camera, name, version, sha256) of the models whose predictions are recorded."""

    classes: Counter[str] = field(default_factory=Counter)
    """Labels other than OK and KO."""

    @property
    def replayed(self) -> int:
        """How many items were judged again."""
        return self.same + self.flips

    @property
    def flips(self) -> int:
        """How many verdicts are other than recorded."""
        return self.to_ok + self.to_ko

    def leave_out(self, left_out: LeftOut) -> None:
        """Count an item that cannot be judged again."""
        self.left_out[left_out.why] += 1

    def add(self, outcome: Outcome) -> None:
        """Count an item that was."""
        before, after = outcome.before.verdict, outcome.after.verdict
        if before == after:
            self.same += 1
        elif after == "OK":
            self.to_ok += 1
        else:
            self.to_ko += 1
        if outcome.truth is not None:
            if outcome.label.casefold() not in {"ok", "ko"} and (
                outcome.label in self.classes or len(self.classes) < LABELS_KEPT
            ):
                self.classes[outcome.label] += 1
            self.before.add(outcome.truth, before)
            self.after.add(outcome.truth, after)

    def decided_with(self, config_sha256: str, expected_sha256: str) -> None:
        """Note under which configuration an item was decided."""
        self.other_configuration += config_sha256 != expected_sha256

    def seen_by(self, camera: str, ref: ModelRef) -> None:
        """Note which model a recorded prediction came from."""
        key = (camera, ref.name, ref.version, ref.sha256)
        if key in self.decided_by or len(self.decided_by) < MODELS_KEPT:
            self.decided_by[key] += 1


@dataclass(frozen=True, slots=True)
class Sums:
    """What there is to tell at the end. `now` are the timings of this pass, `then` those that are recorded."""

    tally: Tally
    now: Mapping[str, Percentiles]
    then: Mapping[str, Percentiles]
    seconds: float
    notes: Sequence[str] = ()
    sweep: Sweep | None = None
