"""What the doctor says of a running line: tables of what was seen, and of what follows."""

from dataclasses import replace

import msgspec
import pytest

from okko import contracts as c
from okko.broker_settings import BrokerSettings
from okko.doctor.finding import Finding, Severity
from okko.doctor.line import Expected, LineSeen, Retained, Who, contradictions, items_per_s, judge
from okko.topics import Topics

BASE = "okko/v1/a/b/c"
SHA = "a" * 64
EXPECTED = Expected(Topics(BASE), BrokerSettings(), frozenset({"decision", "recorder"}), SHA, "1.0")
GRAVE, WARNING, NOTE, GOOD = Severity.GRAVE, Severity.WARNING, Severity.NOTE, Severity.GOOD


def state(agent: str, **more: object) -> c.AgentState:
    """An agent that is online."""
    fields = {"state": "online", "instance_id": f"i-{agent}", "version": "1.0", "since": "2026-01-01", **more}
    return c.AgentState(agent=agent, **fields)  # type: ignore[arg-type] # as given


def stats(agent: str, **counters: int) -> c.Stats:
    """What an agent has counted in two hours."""
    return c.Stats(
        agent=agent,
        instance_id="i",
        at="2026-01-01T00:00:00.000Z",
        uptime_s=7200.0,
        rss_bytes=1,
        counters=counters,
        stages={},
        gauges={},
    )


INFO = c.StationInfo(
    station="c",
    recipe="default",
    deadline_ms=1,
    capture_window_ms=1,
    trigger="mqtt",
    cameras=(),
    models=(),
    rules=(),
    combine="all",
    config_sha256=SHA,
)
WELL = LineSeen(
    looked_s=3.0,
    states={"decision": state("decision"), "recorder": state("recorder")},
    stats={"decision": stats("decision"), "recorder": stats("recorder")},
    live_stats=frozenset({"decision", "recorder"}),
    station=INFO,
    ready="1",
    who=(Who("decision", "i1", "box"), Who("recorder", "i2", "box")),
)


def judged(seen: LineSeen) -> list[Finding]:
    """All findings about a line."""
    return list(judge(seen, EXPECTED))


def bad(seen: LineSeen) -> list[Finding]:
    """What is neither good nor only to be known."""
    return [finding for finding in judged(seen) if finding.severity in {WARNING, GRAVE}]


def test_a_line_that_is_well_has_nothing_bad() -> None:
    """And each agent is named as good."""
    assert bad(WELL) == []
    told = [f.what for f in judged(WELL) if f.severity is GOOD]
    assert any("decision is online" in what for what in told)
    assert any("recorder is online" in what for what in told)


def test_a_line_that_does_not_run_is_a_note() -> None:
    """Not one finding an agent: nobody has started it."""
    offline = LineSeen(3.0, states={"decision": state("decision", state="offline")})
    for seen in (LineSeen(3.0), offline):
        assert bad(seen) == []
        assert any("does not run" in f.what and "okko up" in f.remedy for f in judged(seen) if f.severity is NOTE)


RECORDER_SILENT = replace(WELL, live_stats=frozenset({"decision"}), who=WELL.who[:1])


@pytest.mark.parametrize(
    ("seen", "severity", "words"),
    [
        (replace(RECORDER_SILENT, states={"decision": state("decision")}), GRAVE, "recorder was never there"),
        (
            replace(WELL, states={**WELL.states, "recorder": state("recorder", state="offline", why="stopped")}),
            GRAVE,
            "recorder is offline: stopped",
        ),
        (
            replace(WELL, states={**WELL.states, "recorder": state("recorder", state="faulted", why="disk: full")}),
            GRAVE,
            "recorder is faulted: disk: full",
        ),
        (RECORDER_SILENT, GRAVE, "recorder is said to be there, and is silent"),
        (replace(WELL, states={"decision": state("decision")}), WARNING, "recorder answers, and its state is not kept"),
        (
            replace(WELL, states={**WELL.states, "recorder": state("recorder", version="0.9")}),
            WARNING,
            "versions differ: 0.9: recorder; 1.0: decision",
        ),
        (
            replace(WELL, states={name: state(name, version="0.9") for name in WELL.states}),
            WARNING,
            "versions differ: 0.9: decision, recorder; this command is 1.0",
        ),
        (replace(WELL, station=None), WARNING, "nobody tells the configuration"),
        (
            replace(WELL, station=msgspec.structs.replace(INFO, config_sha256="b" * 64)),
            WARNING,
            "another configuration than this file",
        ),
        (replace(WELL, ready="0"), WARNING, "not ready"),
        (replace(WELL, ready=None), WARNING, "not ready"),
        (
            replace(WELL, stats={"decision": stats("decision", event_deadline_missed=3)}),
            WARNING,
            "decision: 3 items had no verdict by their deadline, in 2.0 h",
        ),
        (replace(WELL, stats={"camera": stats("camera", dead_letters=1)}), WARNING, "could not be read"),
        (replace(WELL, stats={"camera": stats("camera", outbox_dropped=1)}), WARNING, "given up before the recorder"),
        (replace(WELL, retained=(Retained(f"{BASE}/trigger", 3),)), GRAVE, f"3 bytes on {BASE}/trigger"),
        (replace(WELL, retained=(Retained(f"{BASE}/frame/top", 3),)), GRAVE, f"{BASE}/frame/top"),
        (replace(WELL, states={**WELL.states, "ghost": state("ghost")}), WARNING, "ghost is said to be online"),
        (
            replace(WELL, who=(*WELL.who, Who("decision", "i9", "other box"))),
            GRAVE,
            "two decision agents answer for this station: box; other box",
        ),
    ],
)
def test_one_thing_that_is_wrong_is_the_only_finding(seen: LineSeen, severity: Severity, words: str) -> None:
    """Each is told once, with its severity and a remedy."""
    found = bad(seen)
    assert [(f.severity, words in f.what, f.remedy != "") for f in found] == [(severity, True, True)], found


def test_a_station_that_waits_for_its_golden_parts_is_no_fault() -> None:
    """A warning with what to do; where something else lacks too, that is the finding."""
    why = "not ready: golden parts: still to come: GOLD-1"
    waiting = {**WELL.states, "decision": state("decision", state="faulted", why=why)}
    [found] = bad(replace(WELL, ready="0", states=waiting))
    assert (found.severity, found.what) == (WARNING, "decision waits for golden parts: still to come: GOLD-1")
    assert "okko golden" in found.remedy
    why = "not ready: top: camera-top is offline; golden parts: still to come: GOLD-1"
    waiting = {**WELL.states, "decision": state("decision", state="faulted", why=why)}
    assert [found.severity for found in bad(replace(WELL, ready="0", states=waiting))] == [GRAVE]


def test_a_station_that_only_captures_is_rightly_not_ready() -> None:
    """Without a model `0` is a note, and the decision agent's fault is none; another one, or no word, is bad."""
    capturing = replace(EXPECTED, has_models=False)
    for ready, severity in (("0", NOTE), (None, WARNING), ("1", GOOD)):
        found = [f for f in judge(replace(WELL, ready=ready), capturing) if "ready" in f.what]
        assert [f.severity for f in found] == [severity]
    for why, severity in ((f"not ready: {c.NO_MODEL}", NOTE), (f"not ready: {c.NO_MODEL}; no camera", GRAVE)):
        faulted = {**WELL.states, "decision": state("decision", state="faulted", why=why)}
        findings = list(judge(replace(WELL, ready="0", states=faulted), capturing))
        assert max(f.severity for f in findings) == severity


def test_why_it_is_not_ready_is_told_once() -> None:
    """By the decision agent's own fault."""
    faulted = {**WELL.states, "decision": state("decision", state="faulted", why="not ready: camera top is offline")}
    found = bad(replace(WELL, ready="0", states=faulted))
    assert [(f.severity, "camera top is offline" in f.what) for f in found] == [(GRAVE, True)]


@pytest.mark.parametrize(
    ("topic", "severity"),
    [("verdict/last", GOOD), ("agent/decision", GOOD), ("stats/x", GOOD), ("something/else", NOTE), ("ask", GRAVE)],
)
def test_only_what_is_never_retained_is_a_leftover(topic: str, severity: Severity) -> None:
    """What okko does not know is a note; both come with the command that clears it."""
    seen = replace(WELL, retained=(Retained(f"{BASE}/{topic}", 1),))
    found = [f for f in judged(seen) if f.subject == "retained" and topic in f.what]
    assert [f.severity for f in found] == ([] if severity is GOOD else [severity])
    assert all(f"-t {BASE}/{topic} -r -n" in f.remedy for f in found)


def test_the_state_of_an_agent_that_is_gone_is_cleared_with_its_numbers() -> None:
    """It said goodbye; what is left of it is a note, with a command for each topic."""
    seen = replace(
        WELL,
        states={**WELL.states, "camera-old": state("camera-old", state="offline")},
        stats={"camera-old": stats("camera-old")},
    )
    found = [f for f in judged(seen) if "camera-old" in f.what]
    assert [f.severity for f in found] == [NOTE]
    assert f"-t {BASE}/agent/camera-old -r -n; " in found[0].remedy
    assert found[0].remedy.endswith(f"-t {BASE}/stats/camera-old -r -n")


def test_an_agent_that_the_file_does_not_name_and_that_answers_is_nobodys_business() -> None:
    """A dashboard, a gateway."""
    seen = replace(WELL, states={**WELL.states, "board": state("board")}, who=(*WELL.who, Who("board", "i", "box")))
    assert bad(seen) == []


def verdict(item: str, word: c.VerdictWord, seq: int | None, part: str, *, duplicate: bool = False) -> c.Verdict:
    """A verdict in short."""
    return c.Verdict(
        item_id=item,
        part_id=part,
        seq=seq,
        verdict=word,
        reason="rules",
        finding=None,
        borderline=False,
        triggered_at="",
        decided_at="",
        latency_ms=1.0,
        deadline_met=True,
        duplicate=duplicate,
        recipe="default",
        station="c",
    )


@pytest.mark.parametrize(
    ("verdicts", "codes", "told"),
    [
        ([], [], 0),
        ([verdict("i1", "OK", 1, "p"), verdict("i2", "KO", 2, "p")], ["OK 0000000001 00 p", "KO 0000000002 00 p"], 0),
        ([verdict("i1", "OK", 1, "p"), verdict("i1", "OK", 1, "p", duplicate=True)], [], 0),  # asked for again
        ([verdict("i1", "OK", None, "p"), verdict("i2", "KO", None, "p")], [], 0),  # two parts of one name
        ([], ["OK 0000000000 00 p", "KO 0000000000 00 p"], 0),  # the same, in columns
        ([], ["OK 0000000001 00 p", "OK 0000000001 00 p"], 0),
        ([verdict("i1", "OK", 1, "p"), verdict("i1", "OK", 1, "p")], [], 1),
        ([verdict("i1", "OK", 1, "p"), verdict("i1", "KO", 1, "p", duplicate=True)], [], 1),
        ([verdict("i1", "OK", 1, "p"), verdict("i2", "OK", 1, "p")], [], 1),
        ([], ["OK 0000000001 00 p", "KO 0000000001 03 p"], 1),
        ([verdict("i1", "OK", 1, "p")], ["OK 0000000001 00 p", "OK 0000000002 00 x", "OK 0000000003 00 y"], 1),
        ([verdict("i1", "OK", 1, "p")], ["OK 0000000001 00 p", "OK 0000000002 00 x"], 0),  # the look ended between both
        ([], ["rubbish", "", "OK x y z", "KO x y z"], 1),
    ],
)
def test_contradictions(verdicts: list[c.Verdict], codes: list[str], told: int) -> None:
    """What one decision agent never says; what it says rightly is no contradiction."""
    assert len(contradictions(verdicts, codes)) == told
    found = [f for f in bad(replace(WELL, verdicts=tuple(verdicts), codes=tuple(codes))) if f.subject == "verdicts"]
    assert [f.severity for f in found] == [GRAVE] * told


def test_many_contradictions_are_told_as_a_few() -> None:
    """A second publisher contradicts each item; five are enough."""
    verdicts = tuple(verdict(f"i{n}", word, n, "p") for n in range(1, 50) for word in ("OK", "KO"))
    assert len(bad(replace(WELL, verdicts=verdicts))) == 5


def test_the_rate_is_what_was_decided() -> None:
    """At least one a second is planned for; a verdict that is given again counts once."""
    six = tuple(verdict(f"i{n}", "OK", n, "p") for n in range(6))
    assert items_per_s(replace(WELL, verdicts=six)) == 2.0
    assert items_per_s(replace(WELL, verdicts=(*six, *six))) == 2.0
    assert items_per_s(WELL) == items_per_s(LineSeen(0.0)) == 1.0


def test_an_agent_that_works_by_another_station_file_is_told_with_its_machine() -> None:
    """One that says nothing of it, of an older version, or that this file does not have, is not."""
    expected = replace(EXPECTED, configs={"decision": "a", "recorder": "b", "dashboard": ""})
    states = {
        "decision": state("decision", config="a"),
        "recorder": state("recorder", config="old", host="box-2"),
        "dashboard": state("dashboard", config="c"),
        "camera-top": state("camera-top"),
    }
    told = [f.what for f in judge(LineSeen(10.0, states), expected) if "another station file" in f.what]
    assert len(told) == 1
    assert told[0].startswith("recorder works by another station file")
    assert "box-2 has one of its own" in told[0]
