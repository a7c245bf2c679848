"""Whether the station can really work, and if not, why. Pure: agents' states and the time in, `ready` out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from okko.contracts import AgentState

SILENT_NS = 2_500_000_000
"""An agent tells its stats each second; one that has not for so long is dead or hangs, whatever its last state says."""


@dataclass(slots=True)
class Agents:
    """What is known of the other agents of the station."""

    states: dict[str, AgentState] = field(default_factory=dict)
    heard_ns: dict[str, int] = field(default_factory=dict)

    def state(self, state: AgentState, now_ns: int, *, kept: bool) -> None:
        """An agent's state has come; `kept` where the broker had it from before, which proves no life."""
        self.states[state.agent] = state
        if not kept:
            self.heard_ns[state.agent] = now_ns

    def alive(self, agent: str, now_ns: int) -> None:
        """An agent has told its stats."""
        self.heard_ns[agent] = now_ns

    def why_not(self, now_ns: int, needed: Mapping[str, tuple[str, ...]]) -> list[str]:
        """What stands in the way; `needed` gives for each agent-like prefix what somebody must serve."""
        reasons = []
        for what, agents in needed.items():
            if not self.serves(what, agents, now_ns):
                reasons.append(self._why(what, agents, now_ns))
        return reasons

    def serves(self, what: str, agents: tuple[str, ...], now_ns: int) -> bool:
        """Whether one of these agents serves it."""
        return any(self._serves(name, what, now_ns) for name in agents)

    def _serves(self, agent: str, what: str, now_ns: int) -> bool:
        state = self.states.get(agent)
        return (
            state is not None and state.state == "online" and what in state.serves and not self._silent(agent, now_ns)
        )

    def _silent(self, agent: str, now_ns: int) -> bool:
        return now_ns - self.heard_ns.get(agent, -SILENT_NS) > SILENT_NS

    def _why(self, what: str, agents: tuple[str, ...], now_ns: int) -> str:
        for agent in agents:
            state = self.states.get(agent)
            if state is None:
                continue
            if state.state != "online":
                return f"{what}: {agent} is {state.state}" + (f" ({state.why})" if state.why else "")
            if self._silent(agent, now_ns):
                return f"{what}: {agent} is silent"
            if what not in state.serves:
                return f"{what}: {agent} does not serve it yet"
        return f"{what}: {' or '.join(agents)} has not come"
