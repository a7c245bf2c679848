"""Golden parts: what is a pass, what is not, when a round is due, and that no count of the line knows of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_agent import outputs as o
from decision_agent.engine import Engine, Memory, Now
from decision_agent.golden import HOUR_NS, Golden, Inspected, Round, When, passes
from decision_agent.golden_settings import GoldenPart, GoldenSettings
from decision_agent.policy import MS, Policy
from okko import contracts as c
from okko.plc import parse_trigger

GOOD, BAD = GoldenPart(part_id="GOOD", expect="OK"), GoldenPart(part_id="BAD", expect="KO")
SETTINGS = GoldenSettings(parts=(GOOD, BAD))
TOTALS = c.Totals(total=0, ok=0, ko=0, missed=0, by_reason={}, since="2026-11-23T00:00:00.000Z")
UNIX_NS = 1_795_400_000_000_000_000
BOOT = "this-boot"


def _policy(policy: Policy, settings: GoldenSettings | None = SETTINGS, **changes: Any) -> Policy:
    fields = {name: getattr(policy, name) for name in Policy.__dataclass_fields__}
    return Policy(**{**fields, "golden": settings, **changes})


def _when(hours: float = 0, boot: str = BOOT) -> When:
    ns = round(hours * HOUR_NS)
    return When(boot, 10**12 + ns, UNIX_NS + ns)


def _verdict(number: int, part: GoldenPart, word: c.VerdictWord, reason: c.Reason = "rules") -> c.Verdict:
    return c.Verdict(
        item_id=f"item-{number:04d}",
        part_id=part.part_id,
        seq=number,
        verdict=word,
        reason=reason,
        finding=None if word == "OK" else "top: it is odd",
        borderline=False,
        triggered_at="t",
        decided_at=f"at-{number}",
        latency_ms=1.0,
        deadline_met=True,
        duplicate=False,
        recipe="default",
        station="line-1",
        golden=True,
        expected=part.expect,
    )


def _came(  # noqa: PLR0917 - what may differ from one inspection to the next
    golden: Golden,
    policy: Policy,
    number: int,
    part: GoldenPart,
    word: c.VerdictWord,
    reason: c.Reason = "rules",
    when: When | None = None,
) -> list[tuple[str, str, str]]:
    when = when or _when()
    out = golden.inspected(policy, Inspected(_verdict(number, part, word, reason), ("top",), when), when)
    return [(told.severity, told.code, told.text) for told in out if isinstance(told, o.Told)]


def _begun(policy: Policy) -> Golden:
    golden = Golden()
    golden.tick(policy, _when())
    return golden


@pytest.mark.parametrize(
    ("part", "word", "reason", "expected"),
    [
        (GOOD, "OK", "rules", True),
        (GOOD, "KO", "rules", False),
        (BAD, "KO", "rules", True),
        (BAD, "OK", "rules", False),
        *((BAD, "KO", reason, False) for reason in c.REASON_CODES if reason != "rules"),
        (GoldenPart(part_id="DARK", expect="KO", reasons=("image",)), "KO", "image", True),
        (GoldenPart(part_id="DARK", expect="KO", reasons=("image",)), "KO", "rules", False),
    ],
)
def test_what_is_a_pass(
    policy: Policy, part: GoldenPart, word: c.VerdictWord, reason: c.Reason, expected: bool
) -> None:
    """A bad part passes only where a rule, or what the configuration names, found it: never for a dead camera."""
    policy = _policy(policy, GoldenSettings(parts=(part,)))
    golden = _begun(policy)
    told = _came(golden, policy, 1, part, word, reason)
    assert (golden.why_not(policy.golden) is None) == expected
    assert [code for _, code, _ in told] == ["golden_passed" if expected else "golden_failed"]


def test_a_round(policy: Policy) -> None:
    """Due at first; `ready` waits until each has passed; a wrong one is said by name, and mended by a later try."""
    policy = _policy(policy)
    golden = Golden()
    assert golden.why_not(SETTINGS) == "golden parts: still to come: GOOD, BAD"
    [begun] = golden.tick(policy, _when())
    assert isinstance(begun, o.Told)
    assert begun.text == "there was no round yet: GOOD, BAD are to come, and `ready` is 0 until they have passed"
    assert _came(golden, policy, 1, GOOD, "OK") == []
    [(severity, code, text)] = _came(golden, policy, 2, BAD, "OK")
    assert (severity, code, text) == ("error", "golden_failed", "BAD must be KO and came OK")
    assert golden.why_not(SETTINGS) == "golden parts: BAD must be KO and came OK"
    [(severity, code, text)] = _came(golden, policy, 3, BAD, "KO", "camera_fault")
    assert (severity, code) == ("warning", "golden_failed")
    assert text == "BAD must be KO by rules and came KO camera_fault (top: it is odd)"
    [(severity, code, text)] = _came(golden, policy, 4, BAD, "KO")
    assert (severity, code) == ("info", "golden_passed")
    assert golden.why_not(SETTINGS) is None
    state = golden.state(SETTINGS)
    assert state is not None
    assert state.passed_at is not None
    assert [(part.part_id, part.passed, part.got, part.at) for part in state.parts] == [
        ("GOOD", True, "OK", "at-1"),
        ("BAD", True, "KO", "at-4"),
    ]
    assert golden.tick(policy, _when()) == []


def test_a_part_that_had_passed_and_comes_wrong(policy: Policy) -> None:
    """The last inspection counts: `ready` falls in the middle of the shift, and comes back with the part."""
    policy = _policy(policy)
    golden = _begun(policy)
    _came(golden, policy, 1, GOOD, "OK")
    _came(golden, policy, 2, BAD, "KO")
    assert golden.why_not(SETTINGS) is None
    [(severity, _, _)] = _came(golden, policy, 3, GOOD, "KO")
    assert severity == "warning"
    assert golden.why_not(SETTINGS) == "golden parts: GOOD must be OK and came KO rules (top: it is odd)"
    assert [code for _, code, _ in _came(golden, policy, 4, GOOD, "OK")] == ["golden_passed"]


@pytest.mark.parametrize("reason", ["late", "bad_trigger", "overload", "recipe", "no_model"])
def test_what_was_not_inspected_says_nothing(policy: Policy, reason: c.Reason) -> None:
    """Neither a pass nor the loss of one; but people hear of it."""
    policy = _policy(policy)
    golden = _begun(policy)
    [(severity, code, _)] = _came(golden, policy, 1, BAD, "KO", reason)
    assert (severity, code) == ("warning", "golden_failed")
    assert golden.why_not(SETTINGS) == "golden parts: still to come: GOOD, BAD"
    _came(golden, policy, 2, GOOD, "OK")
    _came(golden, policy, 3, BAD, "KO")
    _came(golden, policy, 4, BAD, "KO", reason)
    assert golden.why_not(SETTINGS) is None


def test_some_cameras_only_prove_nothing_of_the_others(policy: Policy) -> None:
    """A trigger that names one of two cameras is no pass."""
    policy = _policy(policy, cameras=("top", "side"))
    golden = _begun(policy)
    out = golden.inspected(policy, Inspected(_verdict(1, GOOD, "OK"), ("top",), _when()), _when())
    assert [told.text for told in out if isinstance(told, o.Told)] == [
        "GOOD was not inspected as golden parts must be: some cameras only were asked for"
    ]
    assert golden.why_not(SETTINGS) == "golden parts: still to come: GOOD, BAD"


def test_of_two_at_once_the_later_part_counts(policy: Policy) -> None:
    """Two inspections of one part whose verdicts fall in the other order."""
    policy = _policy(policy)
    golden = _begun(policy)
    _came(golden, policy, 1, BAD, "KO")
    _came(golden, policy, 3, GOOD, "OK")
    _came(golden, policy, 2, GOOD, "KO")
    assert golden.why_not(SETTINGS) is None


@pytest.mark.parametrize(
    ("changes", "config", "boot", "hours", "due"),
    [
        ({}, "0" * 64, BOOT, 9000, None),
        ({}, "1" * 64, BOOT, 0, "the configuration or a model is another one"),
        ({"due_after": ("boot",)}, "1" * 64, BOOT, 0, None),
        ({}, "0" * 64, "other-boot", 0, "the machine was started"),
        ({"due_after": ()}, "0" * 64, "other-boot", 0, None),
        ({"due_after": ("start",)}, "0" * 64, BOOT, 0, "the decision agent was started"),
        ({"every_hours": 8}, "0" * 64, BOOT, 8, None),
        ({"every_hours": 8}, "0" * 64, BOOT, 8.01, "GOOD passed longer ago than 8 hours"),
        ({"every_hours": 8, "due_after": ()}, "0" * 64, "other-boot", 8, None),
        ({"every_hours": 8, "due_after": ()}, "0" * 64, "other-boot", 8.01, "GOOD passed longer ago than 8 hours"),
        ({"every_hours": 8, "due_after": ()}, "0" * 64, "other-boot", -1, "GOOD passed longer ago than 8 hours"),
    ],
)
def test_when_a_round_is_due(  # noqa: PLR0917 - the columns of the table
    policy: Policy, changes: dict[str, Any], config: str, boot: str, hours: float, due: str | None
) -> None:
    """A process that takes up a round which had passed: what makes a new one due, by the configuration."""
    settings = GoldenSettings(parts=(GOOD, BAD), **changes)
    policy = _policy(policy, settings)
    before = _begun(policy)
    _came(before, policy, 1, GOOD, "OK")
    _came(before, policy, 2, BAD, "KO")
    golden = Golden(before.round)
    out = golden.tick(_policy(policy, settings, config_sha256=config), _when(hours, boot))
    assert [told.text.partition(": ")[0] for told in out if isinstance(told, o.Told)] == ([] if due is None else [due])
    assert (golden.why_not(settings) is None) == (due is None)


def test_parts_that_come_again_are_a_round_of_their_own(policy: Policy) -> None:
    """A PLC that sends them at each shift without a command renews the round; half of them do not."""
    settings = GoldenSettings(parts=(GOOD, BAD), every_hours=9)
    policy = _policy(policy, settings)
    golden = _begun(policy)
    number = 0
    for shift in range(0, 40, 8):
        number += 2
        assert golden.tick(policy, _when(shift)) == []
        assert _came(golden, policy, number - 1, GOOD, "OK", when=_when(shift)) == []
        told = _came(golden, policy, number, BAD, "KO", when=_when(shift))
        assert [code for _, code, _ in told] == ["golden_passed"]
    _came(golden, policy, number + 1, GOOD, "OK", when=_when(40))
    assert golden.tick(policy, _when(40)) == []
    [told_due] = golden.tick(policy, _when(42))
    assert isinstance(told_due, o.Told)
    assert told_due.text.startswith("BAD passed longer ago than 9 hours")


def test_ready_need_not_wait(policy: Policy) -> None:
    """`ready_needs_golden = false`: the round is told, and stops nothing."""
    settings = GoldenSettings(parts=(BAD,), ready_needs_golden=False)
    policy = _policy(policy, settings)
    golden = _begun(policy)
    [(severity, _, _)] = _came(golden, policy, 1, BAD, "OK")
    assert severity == "error"
    assert golden.why_not(settings) is None
    state = golden.state(settings)
    assert state is not None
    assert (state.needed, state.parts[0].passed) == (False, False)


def test_a_station_without_golden_parts(policy: Policy) -> None:
    """Nothing is due, nothing told, and a round from before is forgotten."""
    golden = Golden(_begun(_policy(policy)).round)
    bare = _policy(policy, None)
    assert golden.tick(bare, _when()) == []
    assert golden.round is None
    assert (golden.why_not(None), golden.state(None), golden.begin(bare, _when(), "why")) == (None, None, [])


def test_many_parts_are_not_all_named(policy: Policy) -> None:
    """What a person reads stays short, and what the broker carries within its bounds."""
    parts = tuple(GoldenPart(part_id=f"P{n:02d}" + "é" * 61, expect="KO") for n in range(50))
    settings = GoldenSettings(parts=parts)
    policy = _policy(policy, settings)
    golden = _begun(policy)
    why = golden.why_not(settings)
    assert why is not None
    assert why.endswith("and 45 more")
    for number, part in enumerate(parts):
        verdict = c.again(_verdict(number, part, "OK"))
        finding = c.decode(c.Verdict, c.encode(verdict))
        golden.inspected(policy, Inspected(finding, ("top",), _when()), _when())
    state = golden.state(settings)
    assert state is not None
    assert len(c.encode(state)) < 40_000


WORDS: st.SearchStrategy[tuple[c.VerdictWord, c.Reason]] = st.just(("OK", "rules")) | st.sampled_from(
    [("KO", reason) for reason in c.REASON_CODES]
)


@given(st.lists(st.tuples(st.sampled_from([GOOD, BAD]), WORDS), max_size=12), st.integers(0, 12))
def test_ready_means_that_each_part_passed_last(
    tries: list[tuple[GoldenPart, tuple[c.VerdictWord, c.Reason]]], killed_after: int
) -> None:
    """Whatever comes in whichever order, with a restart in between: written out anew by a witness."""
    base = Policy("s", "r", ("top",), {}, (), None, 1, 1, 1, 1, BOOT, "0" * 64)  # type: ignore[arg-type] # unused here
    policy = _policy(base)
    golden = _begun(policy)
    for number, (part, (word, reason)) in enumerate(tries):
        if number == killed_after:
            kept = golden.round
            golden = Golden(kept)
            assert golden.tick(policy, _when()) == []
        _came(golden, policy, number, part, word, reason)
    last: dict[str, bool] = {}
    for part, (word, reason) in tries:
        if reason not in {"late", "bad_trigger", "overload", "recipe", "no_model"}:
            last[part.part_id] = word == "OK" if part is GOOD else (word, reason) == ("KO", "rules")
    good = last.get("GOOD", False) and last.get("BAD", False)
    assert (golden.why_not(SETTINGS) is None) == good
    state = golden.state(SETTINGS)
    assert state is not None
    assert (state.passed_at is not None) == good


# -- in the engine -----------------------------------------------------------------------------------------------------


def _at(ms: float) -> Now:
    return Now(round((10_000 + ms) * MS), UNIX_NS + round(ms * MS))


def _inspect(engine: Engine, ms: float, payload: bytes, label: str) -> list[o.Output]:
    """A part goes through, seen as `label`; all that the engine wanted."""
    out = engine.trigger(_at(ms), parse_trigger(payload))
    [item_id] = [output.item_id for output in out if isinstance(output, o.Admitted)]
    return out + _seen(engine, ms, item_id, label)


def _seen(engine: Engine, ms: float, item_id: str, label: str, later_ms: float = 0) -> list[o.Output]:
    """A part that was triggered at `ms` is exposed, and after a while seen as `label`."""
    out = engine.captured(
        _at(ms + 1 + later_ms),
        c.Captured(
            item_id=item_id,
            camera="top",
            frame_id=f"{item_id}-top",
            captured_at="t",
            captured_mono_ns=_at(ms + 0.5).mono_ns,
            boot_id=BOOT,
        ),
    )
    return out + engine.prediction(
        _at(ms + 2 + later_ms),
        c.Prediction(
            item_id=item_id,
            camera="top",
            frame_id=f"{item_id}-top",
            model=c.ModelRef(name="m", version="1", sha256="0" * 64),
            task="classification",
            label=label,
            score=0.9,
        ),
    )


def _decided(out: list[o.Output]) -> tuple[o.Decided, c.Item]:
    [decided] = [output for output in out if isinstance(output, o.Decided)]
    [item] = [output.item() for output in out if isinstance(output, o.Finished)]
    return decided, item


def test_golden_parts_are_no_yield(policy: Policy) -> None:
    """Counted apart, and said in verdict and item; every other part is as ever, and no message has a word more."""
    engine = Engine(_policy(policy), Memory(TOTALS))
    engine.tick(_at(0))
    decided, item = _decided(_inspect(engine, 10, b"1 GOOD", "OK"))
    assert (decided.verdict.golden, decided.verdict.expected, item.golden, item.expected) == (True, "OK", True, "OK")
    decided, item = _decided(_inspect(engine, 20, b'{"seq":2,"part_id":"BAD"}', "KO"))
    assert (decided.nth, item.expected, engine.golden.why_not(SETTINGS)) == (2, "KO", None)
    assert engine.totals == TOTALS.__class__(total=0, ok=0, ko=0, missed=0, by_reason={}, since=TOTALS.since, golden=2)
    decided, _ = _decided(_inspect(engine, 30, b"3 duck", "OK"))
    assert decided.nth == 3
    assert b"golden" not in c.encode(decided.verdict)
    assert b"expected" not in c.encode(decided.verdict)
    assert (engine.totals.total, engine.totals.ok, engine.totals.by_reason) == (1, 1, {"rules": 1})


def test_a_repeated_trigger_of_a_golden_part_is_the_same_item(policy: Policy) -> None:
    """Within the duplicate window its verdict comes again, and nothing is counted or tried a second time."""
    engine = Engine(_policy(policy, duplicate_window_ns=10_000 * MS), Memory(TOTALS))
    engine.tick(_at(0))
    _inspect(engine, 10, b"1 GOOD", "OK")
    before = engine.golden.round
    [repeated] = engine.trigger(_at(20), parse_trigger(b"1 GOOD"))
    assert isinstance(repeated, o.Repeated)
    assert repeated.verdict.golden
    assert (engine.golden.round, engine.totals.golden) == (before, 1)


def test_another_configuration_while_running(policy: Policy) -> None:
    """A policy that takes the place of another one, as with another model: a round is due at the next tick."""
    engine = Engine(_policy(policy), Memory(TOTALS))
    engine.tick(_at(0))
    _inspect(engine, 10, b"1 GOOD", "OK")
    _inspect(engine, 20, b"2 BAD", "KO")
    assert engine.golden.why_not(SETTINGS) is None
    engine.policy = _policy(policy, config_sha256="1" * 64)
    [told] = engine.tick(_at(30))
    assert isinstance(told, o.Told)
    assert told.code == "golden_begun"
    assert engine.golden.why_not(SETTINGS) == "golden parts: still to come: GOOD, BAD"


def test_a_part_that_was_under_way_when_the_model_changed_proves_nothing_of_the_new_one(policy: Policy) -> None:
    """It is judged by what it was begun with, and falls into no round: it has to come again."""
    engine = Engine(_policy(policy), Memory(TOTALS))
    engine.tick(_at(0))
    out = engine.trigger(_at(10), parse_trigger(b"1 GOOD"))
    [item_id] = [output.item_id for output in out if isinstance(output, o.Admitted)]
    engine.policy = _policy(policy, config_sha256="1" * 64)
    engine.tick(_at(20))
    out = _seen(engine, 11, item_id, "OK", later_ms=20)
    assert [told.text for told in out if isinstance(told, o.Told)] == [
        "GOOD was not inspected as golden parts must be: it was triggered before this round began"
    ]
    assert engine.golden.why_not(SETTINGS) == "golden parts: still to come: GOOD, BAD"
    _inspect(engine, 50, b"2 GOOD", "OK")
    assert engine.golden.why_not(SETTINGS) == "golden parts: still to come: BAD"


def test_verdicts_that_are_newer_than_the_memory_count(policy: Policy) -> None:
    """What the journal has of the time after the last memory is taken up as if it had come now."""
    engine = Engine(_policy(policy), Memory(TOTALS))
    engine.tick(_at(0))
    memory = engine.memory()
    decided, _ = _decided(_inspect(engine, 10, b"1 GOOD", "OK"))
    since = (Inspected(decided.verdict, ("top",), When(BOOT, 10**10, UNIX_NS)),)
    after = Engine(_policy(policy), Memory(memory.totals, golden=memory.golden, golden_since=since))
    assert after.tick(_at(100)) == []
    assert after.golden.why_not(SETTINGS) == "golden parts: still to come: BAD"


def test_passes_takes_no_part_that_never_came() -> None:
    """Nothing is no pass."""
    assert not passes(GOOD, None)
    assert Round("t", _when(), "w", "c").tries == {}
