"""Which agents still work by an older station file than the one in force, and which of them are to begin anew. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from okko.contracts import AgentState

ASK_AGAIN_NS = 3_000_000_000
PATIENCE_NS = 45_000_000_000
"""How long the agents are given; after it is told who does not work by what is in force."""

LISTEN_NS = 2_000_000_000
"""How long to listen at least: after a start the broker has yet to tell who is there."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An agent that was asked to begin anew: as which instance, and when last (monotonic, ns)."""

    instance_id: str
    at_ns: int


class Rollout:
    """One configuration on its way to the agents. `concern(agent)` is the hash by which that agent is to work."""

    def __init__(self, concern: Callable[[str], str], began_ns: int) -> None:
        self._concern = concern
        self._began_ns = began_ns
        self._asked: dict[str, Asked] = {}
        self._stale: dict[str, str] = {}

    @property
    def stale(self) -> Mapping[str, str]:
        """Who began anew and still works by another file, with the machine it runs on."""
        return self._stale

    def behind(self, states: Mapping[str, AgentState]) -> tuple[str, ...]:
        """Who does not work by it yet: runs by another one, or was asked to begin anew and has not come back."""
        return tuple(sorted(name for name, state in states.items() if self._is_behind(name, state)))

    def to_ask(self, states: Mapping[str, AgentState], now_ns: int) -> tuple[str, ...]:
        """Who is to be asked now. One that came back and still works by another file is not asked again."""
        names = []
        for name in self.behind(states):
            state, before = states[name], self._asked.get(name)
            if before is not None and before.instance_id != state.instance_id:
                self._stale[name] = state.host
            elif state.state == "offline":
                continue
            elif before is None or now_ns - before.at_ns >= ASK_AGAIN_NS:
                self._asked[name] = Asked(state.instance_id, now_ns)
                names.append(name)
        return tuple(names)

    def is_over(self, states: Mapping[str, AgentState], now_ns: int) -> bool:
        """Whether all work by it, or those that do not were given time enough."""
        age_ns = now_ns - self._began_ns
        if age_ns <= LISTEN_NS:
            return False
        return age_ns > PATIENCE_NS or all(name in self._stale for name in self.behind(states))

    def _is_behind(self, name: str, state: AgentState) -> bool:
        wanted, asked = self._concern(name), self._asked.get(name)
        if not wanted or state.config == wanted:
            # Nothing is wanted of an agent that the station does not have any more.
            return False
        return state.state != "offline" or (asked is not None and asked.instance_id == state.instance_id)
