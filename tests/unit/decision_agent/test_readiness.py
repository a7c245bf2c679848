"""`ready` is 1 only while everything that an item needs is served by an agent that gives signs of life."""

from typing import Any

import pytest

from decision_agent.readiness import SILENT_NS, Agents
from okko.contracts import AgentState

NEEDED = {"top": ("camera-top",), "top/m": ("inference", "inference-2")}
NOW = 100 * SILENT_NS


def _state(agent: str, *serves: str, **changes: Any) -> AgentState:
    fields: dict[str, Any] = {"state": "online", "instance_id": "i", "version": "1", "since": "t"}
    return AgentState(agent=agent, serves=serves, **{**fields, **changes})


def _all() -> Agents:
    agents = Agents()
    agents.state(_state("camera-top", "top"), NOW, kept=False)
    agents.state(_state("inference", "top/m"), NOW, kept=False)
    return agents


def test_nothing_stands_in_the_way_where_all_is_served() -> None:
    """Everything is served by somebody who is online and was heard of."""
    assert _all().why_not(NOW, NEEDED) == []


def test_nothing_is_known_at_first() -> None:
    """What has not come is named, with who may serve it."""
    assert Agents().why_not(NOW, NEEDED) == [
        "top: camera-top has not come",
        "top/m: inference or inference-2 has not come",
    ]


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (_state("camera-top", "top", state="faulted", why="no frames"), "top: camera-top is faulted (no frames)"),
        (_state("camera-top", "top", state="offline"), "top: camera-top is offline"),
        (_state("camera-top"), "top: camera-top does not serve it yet"),
    ],
)
def test_what_is_wrong_with_an_agent_is_said(state: AgentState, why: str) -> None:
    """Faulted, offline, or not there yet: one line that a person understands."""
    agents = _all()
    agents.state(state, NOW, kept=False)
    assert agents.why_not(NOW, NEEDED) == [why]


def test_silence_is_noticed_and_ends() -> None:
    """An agent that has not told its stats for too long does not count, until it tells them."""
    agents = _all()
    later = NOW + SILENT_NS + 1
    agents.alive("inference", later)
    assert agents.why_not(NOW + SILENT_NS, NEEDED) == []
    assert agents.why_not(later, NEEDED) == ["top: camera-top is silent"]
    agents.alive("camera-top", later)
    assert agents.why_not(later, NEEDED) == []


def test_a_state_that_the_broker_kept_is_no_sign_of_life() -> None:
    """A retained state may be that of a dead agent: the first stats prove it."""
    agents = _all()
    agents.states.pop("camera-top")
    agents.heard_ns.pop("camera-top")
    agents.state(_state("camera-top", "top"), NOW, kept=True)
    assert agents.why_not(NOW, NEEDED) == ["top: camera-top is silent"]
    agents.alive("camera-top", NOW)
    assert agents.why_not(NOW, NEEDED) == []


def test_one_of_several_is_enough() -> None:
    """Where two agents may serve a model, either will do."""
    agents = _all()
    agents.state(_state("inference", state="offline"), NOW, kept=False)
    agents.state(_state("inference-2", "top/m"), NOW, kept=False)
    assert agents.why_not(NOW, NEEDED) == []
