"""Why a station is not ready, in the page's language: each reason that the decision agent can have, as it tells it."""

import string
from typing import Any

import msgspec
import pytest

from dashboard.live.shown import readiness
from dashboard.live.why import Reason, reasons_of, remedy_of
from dashboard.texts import Texts
from decision_agent.readiness import SILENT_NS, Agents
from okko import contracts as c
from okko.watch.seen import READY_LASTS_NS, Now, Seen

NOW = Now(10_000_000_000, 1_764_000_000_000_000_000)
NEEDED = {
    "left": ("camera-left",),
    "left/duck-quality": ("inference",),
    "record": ("recorder",),
}


def state(agent: str, what: str = "online", why: str = "", serves: tuple[str, ...] = ()) -> c.AgentState:
    """As an agent tells it."""
    return c.AgentState(
        agent=agent,
        state=what,  # type: ignore[arg-type] # a table's word
        why=why,
        instance_id="00000000-0000-4000-8000-000000000001",
        version="1",
        since="2026-11-25T23:59:00.000Z",
        serves=serves,
    )


def told(*states: c.AgentState, silent: str = "") -> str:
    """What the decision agent says where these are the states; the others are well, `silent` has not spoken."""
    agents = Agents()
    well = [state("camera-left", serves=("left",)), state("inference", serves=("left/duck-quality",))]
    for one in (*well, state("recorder", serves=("record",)), *states):
        agents.state(one, NOW.mono_ns, kept=False)
    if silent:
        agents.heard_ns[silent] = NOW.mono_ns - SILENT_NS - 1
    return "; ".join(agents.why_not(NOW.mono_ns, NEEDED))


def said(why: str, language: Any = "fr") -> tuple[list[str], str]:
    """The reasons as the page writes them, and the name of the remedy."""
    t = Texts(language)
    reasons = reasons_of(why)
    return [t(f"live.why_{one.name}", **one.values) if one.name else one.text for one in reasons], remedy_of(reasons)


@pytest.mark.parametrize(
    ("why", "french", "remedy"),
    [
        (told(state("camera-left", "offline")), ["left : camera-left est hors ligne"], "offline"),
        (told(silent="camera-left"), ["left : camera-left est muet"], "camera"),
        (
            told(state("camera-left", "faulted", "no frame; is it plugged in?")),
            ["left : camera-left est en défaut (no frame; is it plugged in?)"],
            "camera",
        ),
        (
            told(state("inference", "faulted", "cannot load")),
            ["left/duck-quality : inference est en défaut (cannot load)"],
            "inference",
        ),
        (told(state("recorder", "faulted")), ["record : recorder est en défaut"], "recorder"),
        (told(state("inference")), ["left/duck-quality : inference n'en est pas encore là"], "begins"),
        (
            told(state("camera-left", "offline"), state("recorder", "offline", "ended")),
            ["left : camera-left est hors ligne", "record : recorder est hors ligne"],
            "offline",
        ),
        (
            "; ".join(Agents().why_not(0, {"left": ("camera-left",)})),
            ["left : camera-left n'est pas encore apparu"],
            "",
        ),
        (c.NO_MODEL, ["le poste n'a pas de modèle : chaque pièce est KO"], "no_model"),
        (
            "golden parts: still to come: good; one, bad-1",
            ["pièces étalons encore attendues : good; one, bad-1"],
            "golden",
        ),
        (
            "the broker has not given back the barrier; golden parts: good-1 must be OK and came KO rules",
            ["le broker n'a pas encore répondu", "la pièce étalon good-1 doit être OK et a été KO rules"],
            "passes",
        ),
        (
            "golden parts: bad-1 must be KO and came OK, still to come: good, better",
            [
                "la pièce étalon bad-1 doit être KO et a été OK",
                "pièces étalons encore attendues : good, better",
            ],
            "golden_wrong",
        ),
        (
            "golden parts: bad must be KO and came OK, worse must be KO and came OK",
            ["pièces étalons : bad must be KO and came OK, worse must be KO and came OK"],
            "golden_wrong",
        ),
        ("something quite new", ["something quite new"], "other"),
    ],
)
def test_each_reason_is_said_in_french_with_what_to_do(why: str, french: list[str], remedy: str) -> None:
    """What other agents and people call things stays as it is."""
    found, what_to_do = said(f"not ready: {why}")
    assert found == french
    assert what_to_do == (remedy or "offline")
    assert Texts("fr").has(f"live.remedy_{what_to_do}")


def test_a_model_called_like_an_agent_does_not_lead_astray() -> None:
    """The remedy is that of who is at fault, whatever the things are called that it serves."""
    assert said("left/camera-recorder: inference is faulted (x)")[1] == "inference"


def test_each_text_has_only_places_that_a_reason_fills() -> None:
    """A place that nothing fills would stand in front of the operator."""
    t = Texts("fr")
    for name, text in t.all_of("live").items():
        if name.startswith("why_"):
            places = {field for _, field, _, _ in string.Formatter().parse(text) if field}
            assert places <= {"what", "agent", "why", "parts", "part", "expect", "came"}, name


def seen_with(*states: c.AgentState, ready: str = "", ready_ns: int = NOW.mono_ns) -> Seen:
    """A station of which this was heard just now."""
    seen = Seen(("left",), NOW)
    seen.ready, seen.ready_ns = ready, ready_ns
    for one in states:
        seen.states[one.agent] = one
        seen.heard_ns[one.agent] = NOW.mono_ns
    return seen


LONG_AGO_NS = NOW.mono_ns - READY_LASTS_NS


@pytest.mark.parametrize(
    ("seen", "remedy"),
    [
        (seen_with(), "decision"),
        (seen_with(state("decision", "offline"), state("dashboard")), "decision"),
        (seen_with(state("decision", "offline"), state("camera-left")), "stopped"),
        (seen_with(state("decision"), ready="1", ready_ns=LONG_AGO_NS), "silent"),
        (
            seen_with(state("decision", "faulted", f"not ready: {c.NO_MODEL}"), ready="0", ready_ns=LONG_AGO_NS),
            "silent",
        ),
        (seen_with(state("decision", "faulted", f"not ready: {c.NO_MODEL}"), ready="0"), "no_model"),
    ],
)
def test_a_decision_agent_that_is_away_is_told_from_a_station_that_does_not_run(seen: Seen, remedy: str) -> None:
    """What it said last is no reason any more once it says nothing."""
    reasons, what_to_do = readiness(seen, NOW, connected=True)
    assert what_to_do == remedy
    assert (not reasons) == (remedy != "no_model")


def test_without_a_broker_nothing_is_known() -> None:
    """Whatever was heard before."""
    assert readiness(seen_with(ready="1"), NOW, connected=False) == ([], "broker")


def test_a_reason_goes_over_the_wire_as_the_page_reads_it() -> None:
    """Names, values, text."""
    assert msgspec.json.encode(Reason("offline", {"agent": "a"}, "t")) == (
        b'{"name":"offline","values":{"agent":"a"},"text":"t"}'
    )
