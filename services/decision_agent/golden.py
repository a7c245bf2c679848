"""The round of golden parts: which have passed, which are still to come, when the next one is due. Pure.

A known-bad part has passed only where a rule of the station found it: with a dead camera every part is KO, and none of
them was found. What was not inspected at all (its trigger was old, or asked for some cameras only) says nothing either
way. The last inspection of a part is what counts, also where it had passed before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace

from decision_agent import outputs as o
from decision_agent.golden_settings import GoldenPart, GoldenSettings
from decision_agent.policy import Policy
from okko import clock
from okko import contracts as c

HOUR_NS = 3_600_000_000_000
NOT_INSPECTED: frozenset[c.Reason] = frozenset({"late", "bad_trigger", "overload", "recipe", "no_model"})
FINDING_CHARACTERS = 200
"""How much of a finding the round keeps; the item has all of it."""

NAMED = 5
"""How many parts a person is told by name in one sentence."""


class When(Struct, frozen=True):
    """An instant on both clocks. What is of this boot is compared by the monotonic one, which nobody sets."""

    boot_id: str
    mono_ns: int
    unix_ns: int

    def age_ns(self, now: "When") -> int:
        """How long ago it was; below 0 where the wall clock was set back over a start of the machine."""
        return now.mono_ns - self.mono_ns if now.boot_id == self.boot_id else now.unix_ns - self.unix_ns


class Try(Struct, frozen=True):
    """One inspection of a golden part."""

    item_id: str
    verdict: c.VerdictWord
    reason: c.Reason
    finding: str | None
    at: str
    when: When


class Round(Struct, frozen=True):
    """What came of each part, by its id, since the round began. The journal keeps it.

    `passed_at` is when all had passed last, `passed_item` the newest item of those that made it so.
    """

    begun_at: str
    begun: When
    why: str
    config_sha256: str
    tries: dict[str, Try] = {}
    passed_at: str | None = None
    passed_item: str = ""


@dataclass(frozen=True, slots=True)
class Inspected:
    """A verdict about a golden part, the cameras that were asked for it, and when its trigger came."""

    verdict: c.Verdict
    cameras: tuple[str, ...]
    arrived: When


@dataclass(slots=True)
class Golden:
    """The engine's golden parts. The policy is the one in force, and may be another one from call to call."""

    round: Round | None = None
    _was_started: bool = field(default=False)

    def tick(self, policy: Policy, now: When) -> list[o.Output]:
        """Time has passed: a round may be due."""
        if policy.golden is None:
            self.round = None
            return []
        was_started, self._was_started = self._was_started, True
        why = _due(policy.golden, policy.config_sha256, self.round, now, was_started=was_started)
        if why is not None:
            return self.begin(policy, now, why)
        return self._passed(policy.golden, now)

    def begin(self, policy: Policy, now: When, why: str) -> list[o.Output]:
        """Begin a round: each part is to come, whatever came of it before. Nothing, where there are none."""
        settings = policy.golden
        if settings is None:
            return []
        self.round = Round(clock.utc_text(now.unix_ns), now, why, policy.config_sha256)
        ready = ", and `ready` is 0 until they have passed" if settings.ready_needs_golden else ""
        text = f"{why}: {_listed(part.part_id for part in settings.parts)} {_are(settings.parts)} to come{ready}"
        return [o.Told("info", "golden_begun", text)]

    def inspected(self, policy: Policy, one: Inspected, now: When) -> list[o.Output]:
        """A golden part has its verdict."""
        verdict, settings = one.verdict, policy.golden
        part = settings.by_id.get(verdict.part_id) if settings is not None else None
        if settings is None or part is None or self.round is None:
            return []  # it was one when it was triggered, and is none any more
        tried = Try(
            item_id=verdict.item_id,
            verdict=verdict.verdict,
            reason=verdict.reason,
            finding=verdict.finding and verdict.finding[:FINDING_CHARACTERS],
            at=verdict.decided_at,
            when=one.arrived,
        )
        if why := _not_of(self.round, policy, one, tried):
            text = f"{part.part_id} was not inspected as golden parts must be: {why}"
            return [o.Told("warning", "golden_failed", text, verdict.item_id)]
        before = self.round.tries.get(part.part_id)
        if before is None or before.item_id <= tried.item_id:
            # Of two that were under way at once, what was triggered last.
            self.round = replace(self.round, tries={**self.round.tries, part.part_id: tried})
        if passes(part, tried):
            return self._passed(settings, now)
        if self.open_parts(settings):
            self.round = replace(self.round, passed_at=None, passed_item="")
        if part.expect == "KO" and tried.verdict == "OK":
            # The worst that there is: what must be found passes as good.
            return [o.Told("error", "golden_failed", _wrong(part, tried), verdict.item_id)]
        return [o.Told("warning", "golden_failed", _wrong(part, tried), verdict.item_id)]

    def open_parts(self, settings: GoldenSettings) -> list[GoldenPart]:
        """The parts that have not passed."""
        tries = self.round.tries if self.round is not None else {}
        return [part for part in settings.parts if not passes(part, tries.get(part.part_id))]

    def why_not(self, settings: GoldenSettings | None) -> str | None:
        """What keeps `ready` at 0, or None."""
        if settings is None or not settings.ready_needs_golden:
            return None
        tries = self.round.tries if self.round is not None else {}
        parts = self.open_parts(settings)
        wrong = [_wrong(part, tried) for part in parts if (tried := tries.get(part.part_id)) is not None]
        to_come = [part.part_id for part in parts if part.part_id not in tries]
        said = wrong[:NAMED] + ([f"{len(wrong) - NAMED} more came wrong"] if len(wrong) > NAMED else [])
        if to_come:
            said.append(f"still to come: {_listed(to_come)}")
        return f"{c.GOLDEN_PARTS}: {', '.join(said)}" if said else None

    def state(self, settings: GoldenSettings | None) -> c.GoldenRound | None:
        """How far the round is, for whoever looks."""
        if settings is None or self.round is None:
            return None
        tries = self.round.tries
        return c.GoldenRound(
            needed=settings.ready_needs_golden,
            begun_at=self.round.begun_at,
            why=self.round.why,
            parts=tuple(_state_of(part, tries.get(part.part_id)) for part in settings.parts),
            passed_at=self.round.passed_at,
        )

    def _passed(self, settings: GoldenSettings, now: When) -> list[o.Output]:
        """Note that all have passed: for the first time in this round, or each of them once more since."""
        if self.round is None or self.open_parts(settings):
            return []
        items = [self.round.tries[part.part_id].item_id for part in settings.parts]
        if self.round.passed_at is not None and min(items) <= self.round.passed_item:
            return []
        self.round = replace(self.round, passed_at=clock.utc_text(now.unix_ns), passed_item=max(items))
        text = f"{_listed(part.part_id for part in settings.parts)}: each got the verdict that it must get"
        return [o.Told("info", "golden_passed", text)]


def passes(part: GoldenPart, tried: Try | None) -> bool:
    """Whether a part got the verdict that it must get, and a bad one because it was found to be bad."""
    if tried is None or tried.verdict != part.expect:
        return False
    return part.expect == "OK" or tried.reason in part.reasons


def _due(
    settings: GoldenSettings, config_sha256: str, round_: Round | None, now: When, *, was_started: bool
) -> str | None:
    """Why a new round is due, or None."""
    if round_ is None:
        return "there was no round yet"
    if not was_started and "start" in settings.due_after:
        return "the decision agent was started"
    if config_sha256 != round_.config_sha256 and "config" in settings.due_after:
        return "the configuration or a model is another one"
    if now.boot_id != round_.begun.boot_id and "boot" in settings.due_after:
        return "the machine was started"
    if settings.every_hours is None:
        return None
    longest_ns = settings.every_hours * HOUR_NS
    for part in settings.parts:
        tried = round_.tries.get(part.part_id)
        if tried is not None and passes(part, tried) and not 0 <= tried.when.age_ns(now) <= longest_ns:
            return f"{part.part_id} passed longer ago than {settings.every_hours:g} hours"
    return None


def _not_of(round_: Round, policy: Policy, one: Inspected, tried: Try) -> str | None:
    """Why an inspection says nothing in this round, or None."""
    if round_.begun.age_ns(one.arrived) < 0:
        # It may have been judged by the model before.
        return "it was triggered before this round began"
    if not set(one.cameras) >= set(policy.cameras):
        return "some cameras only were asked for"
    return _came(tried) if tried.reason in NOT_INSPECTED else None


def _state_of(part: GoldenPart, tried: Try | None) -> c.GoldenPartState:
    if tried is None:
        return c.GoldenPartState(part_id=part.part_id, expect=part.expect, passed=False)
    return c.GoldenPartState(
        part_id=part.part_id,
        expect=part.expect,
        passed=passes(part, tried),
        got=tried.verdict,
        reason=tried.reason,
        finding=tried.finding,
        item_id=tried.item_id,
        at=tried.at,
    )


def _wrong(part: GoldenPart, tried: Try) -> str:
    """What a part must be, and what it was: `GOLD-2 must be KO and came OK`."""
    by = f" by {' or '.join(part.reasons)}" if part.expect == tried.verdict else ""
    return f"{part.part_id} must be {part.expect}{by} and came {_came(tried)}"


def _came(tried: Try) -> str:
    if tried.verdict == "OK":
        return "OK"
    return f"KO {tried.reason}" + (f" ({tried.finding})" if tried.finding else "")


def _listed(part_ids: Iterable[str]) -> str:
    """Parts by name, the first few of them."""
    names = list(part_ids)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _are(parts: Sequence[GoldenPart]) -> str:
    return "is" if len(parts) == 1 else "are"
