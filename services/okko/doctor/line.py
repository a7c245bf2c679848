"""What the running line tells: agents, their counts, leftovers on the broker, a second publisher of verdicts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from okko import contracts as c
from okko.broker_settings import BrokerSettings
from okko.doctor.broker import clear_command
from okko.doctor.finding import Finding, good, grave, note, size_text, warning
from okko.errors import ContractError
from okko.topics import Topics

AGENTS, RETAINED, VERDICTS = "agents", "retained", "verdicts"

_MOST_TOLD = 5
_NOT_READY = "not ready: "
_AS_CONFIGURED = f"{_NOT_READY}{c.NO_MODEL}"
_GOLDEN_DUE = f"{_NOT_READY}{c.GOLDEN_PARTS}: "
_GOLDEN_REMEDY = "Send them through; `okko golden STATION` says which. One that comes wrong: mend that first"
"""Why the decision agent of a station without a model is faulted."""


@dataclass(frozen=True, slots=True)
class Retained:
    """A message that the broker keeps."""

    topic: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Who:
    """An instance that answered `who`."""

    agent: str
    instance_id: str
    where: str


@dataclass(frozen=True, slots=True)
class LineSeen:
    """What came from the station's topics within `looked_s`. `stats` are the newest of each agent, if any came live."""

    looked_s: float
    states: Mapping[str, c.AgentState] = field(default_factory=dict)
    stats: Mapping[str, c.Stats] = field(default_factory=dict)
    live_stats: frozenset[str] = frozenset()
    station: c.StationInfo | None = None
    ready: str | None = None
    retained: tuple[Retained, ...] = ()
    who: tuple[Who, ...] = ()
    verdicts: tuple[c.Verdict, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """What the station file says about the line. `configs`: by agent, the hash of its part of the file."""

    topics: Topics
    broker: BrokerSettings
    agents: frozenset[str]
    config_sha256: str
    version: str
    has_models: bool = True
    configs: Mapping[str, str] = field(default_factory=dict)


def judge(seen: LineSeen, expected: Expected) -> Iterator[Finding]:
    """All that is to be said of the line."""
    yield from _agents(seen, expected)
    yield from _counts(seen.stats)
    yield from _leftovers(seen.retained, expected)
    yield from _stale_states(seen, expected)
    yield from _verdicts(seen)


def _agents(seen: LineSeen, expected: Expected) -> Iterator[Finding]:
    alive = {name: state for name, state in seen.states.items() if state.state != "offline"}
    answering = {who.agent for who in seen.who}
    if not alive and not answering:
        yield note(AGENTS, "the station does not run: no agent is there", "`okko up STATION` starts all of them")
        return
    for name in sorted(expected.agents):
        yield _agent(name, seen, answering, only_captures=not expected.has_models)
    yield from _versions(alive, expected.version)
    yield from _configs(alive, expected.configs)
    if seen.station is None:
        yield warning(AGENTS, "nobody tells the configuration in force (`station`)", "See that the decision agent runs")
    elif seen.station.config_sha256 != expected.config_sha256:
        yield warning(
            AGENTS,
            "the station runs with another configuration than this file: it was not restarted after an edit, or runs "
            "from another file",
            "Restart it: end `okko up`, or the service, and start it again",
        )
    else:
        yield good(AGENTS, "the configuration in force is this file's")
    yield from _ready(seen, has_models=expected.has_models)


def _agent(name: str, seen: LineSeen, answering: set[str], *, only_captures: bool) -> Finding:
    state = seen.states.get(name)
    if state is None and name not in answering:
        return grave(AGENTS, f"{name} was never there", "Start it: `okko up STATION`, or `okko run` for this one agent")
    if state is not None and state.state == "offline":
        why = f": {state.why}" if state.why else ""
        return grave(AGENTS, f"{name} is offline{why}", "Start it; its log says why it ended")
    if state is not None and state.why.startswith(_GOLDEN_DUE):
        return warning(AGENTS, f"{name} waits for {state.why.removeprefix(_NOT_READY)}", _GOLDEN_REMEDY)
    if state is not None and state.state == "faulted" and not (only_captures and state.why == _AS_CONFIGURED):
        return grave(AGENTS, f"{name} is faulted: {state.why}", "Mend that; it recovers by itself")
    if name not in answering and name not in seen.live_stats:
        return grave(
            AGENTS,
            f"{name} is said to be there, and is silent: no answer, no numbers for {seen.looked_s:.0f} s",
            "It hangs, or the broker has lost its will: restart it",
        )
    if state is None:
        return warning(AGENTS, f"{name} answers, and its state is not kept by the broker", "Restart it")
    return good(AGENTS, f"{name} is online, version {state.version}, since {state.since}")


def _configs(alive: Mapping[str, c.AgentState], wanted: Mapping[str, str]) -> Iterator[Finding]:
    for name, state in sorted(alive.items()):
        if state.config and wanted.get(name) and state.config != wanted[name]:
            yield warning(
                AGENTS,
                f"{name} works by another station file than this one: it has not begun anew since the file was "
                f"changed, or {state.host or 'its machine'} has one of its own",
                "Copy the station file there where it is another machine, and restart the agent",
            )


def _versions(alive: Mapping[str, c.AgentState], ours: str) -> Iterator[Finding]:
    by_version = defaultdict(list)
    for name, state in sorted(alive.items()):
        by_version[state.version].append(name)
    if len(by_version) > 1 or (by_version and ours not in by_version):
        told = "; ".join(f"{version}: {', '.join(names)}" for version, names in sorted(by_version.items()))
        yield warning(
            AGENTS, f"versions differ: {told}; this command is {ours}", "Install one version everywhere, and restart"
        )


def _ready(seen: LineSeen, *, has_models: bool) -> Iterator[Finding]:
    decision = seen.states.get("decision")
    if seen.ready == "1":
        yield good(AGENTS, "the station is ready")
    elif not has_models and seen.ready == "0":
        yield note(AGENTS, "the station is not ready, as configured: without a model it records pictures only")
    elif decision is None or decision.state == "online":  # else its own finding says it
        yield warning(
            AGENTS, "the station is not ready", "`okko watch STATION` says what it waits for, in events and states"
        )


# counter: (what it means, what to do)
_COUNTS = {
    "event_deadline_missed": (
        "items had no verdict by their deadline",
        "See the latencies by stage in `okko watch`; raise `deadline_ms`, or take load off",
    ),
    "dead_letters": (
        "messages could not be read",
        "See them: `mosquitto_sub -v -t '{base}/deadletter/#'`",
    ),
    "outbox_dropped": (
        "frames were given up before the recorder had them",
        "See that the recorder keeps up and its disk has room; raise `max_bytes` of the camera's [outbox]",
    ),
    "queue_full": (
        "times the disk was too slow for what came",
        "Look at the disk below; raise `queue_max_bytes` under [recorder]",
    ),
    "event_trigger_missed": (
        "times the PLC's counter showed triggers that never came",
        "See the events; is the PLC's client connected all the time, does it publish at QoS 1?",
    ),
    "disconnects": ("times the connection to the broker was lost", "See the broker's log, and the network"),
    "defects": ("defects of okko", "Please report them, with the agent's log"),
    "threads_given_up": ("times a model hung", "See the agent's log; is the machine overloaded?"),
}


def _counts(stats: Mapping[str, c.Stats]) -> Iterator[Finding]:
    for name, one in sorted(stats.items()):
        for counter, (meaning, remedy) in _COUNTS.items():
            if count := one.counters.get(counter, 0):
                hours = one.uptime_s / 3600
                yield warning(
                    AGENTS, f"{name}: {count} {meaning}, in {hours:.1f} h", remedy.replace("{base}", "<base>")
                )


def _leftovers(retained: Iterable[Retained], expected: Expected) -> Iterator[Finding]:
    """Retained messages on topics that never are."""
    leftovers = []
    for one in retained:
        try:
            spec = expected.topics.parse(one.topic).spec
        except ContractError:
            yield note(
                RETAINED,
                f"a retained message of {size_text(one.size_bytes)} on {one.topic}, which okko does not know",
                f"If nobody needs it: {clear_command(expected.broker, one.topic)}",
            )
            continue
        if not spec.retain:
            leftovers.append(one)
    for one in leftovers:
        yield grave(
            RETAINED,
            f"a retained message of {size_text(one.size_bytes)} on {one.topic}, which is never retained: who connects "
            "gets it, of unknown age, as if it were new",
            f"{clear_command(expected.broker, one.topic)}; and have its publisher not retain",
        )
    if not leftovers:
        yield good(RETAINED, "no retained messages where there must be none")


def _stale_states(seen: LineSeen, expected: Expected) -> Iterator[Finding]:
    answering = {who.agent for who in seen.who} | seen.live_stats
    for name, state in sorted(seen.states.items()):
        if name in expected.agents or name in answering:
            continue
        if state.state == "offline":
            commands = [
                clear_command(expected.broker, expected.topics.build(key, agent=name).topic)
                for key in ("agent", "stats")
                if key == "agent" or name in seen.stats
            ]
            yield note(RETAINED, f"{name} is not of this station any more, and its state is kept", "; ".join(commands))
        else:
            yield warning(
                RETAINED,
                f"{name} is said to be {state.state}, is not of this station, and does not answer",
                clear_command(expected.broker, expected.topics.build("agent", agent=name).topic),
            )


def _verdicts(seen: LineSeen) -> Iterator[Finding]:
    deciding = sorted({who.where for who in seen.who if who.agent == "decision"})
    told = False
    if len({who.instance_id for who in seen.who if who.agent == "decision"}) > 1:
        told = True
        yield grave(
            VERDICTS,
            f"two decision agents answer for this station: {'; '.join(deciding)}",
            "End one of them; a station has one",
        )
    for what in contradictions(seen.verdicts, seen.codes)[:_MOST_TOLD]:
        told = True
        yield grave(
            VERDICTS,
            what,
            "Find the second publisher (a second decision agent, a bridge that loops, a test), end it, and allow "
            "`verdict/#` to the decision agent only: docs/how-to/secure-the-broker.md",
        )
    if told:
        return
    if seen.verdicts:
        yield good(VERDICTS, f"{len(seen.verdicts)} in {seen.looked_s:.0f} s, none contradicts another")
    else:
        yield note(VERDICTS, f"none came within {seen.looked_s:.0f} s: only a line at work shows a second publisher")


def contradictions(verdicts: Sequence[c.Verdict], codes: Sequence[str]) -> list[str]:
    """What one decision agent never says: an item decided twice, or a part under two items or with two words."""
    told: list[str] = []
    first = Counter(verdict.item_id for verdict in verdicts if not verdict.duplicate)
    told += [f"item {item_id} was decided {count} times" for item_id, count in first.items() if count > 1]
    words = defaultdict(set)
    items = defaultdict(set)
    for verdict in verdicts:
        words[verdict.item_id].add(verdict.verdict)
        if verdict.seq is not None:
            items[(verdict.seq, verdict.part_id)].add(verdict.item_id)
    told += [f"item {item_id} is both OK and KO" for item_id, said in words.items() if len(said) > 1]
    told += [
        f"part {part_id!r} with seq {seq} was inspected as {len(ids)} items"
        for (seq, part_id), ids in items.items()
        if len(ids) > 1
    ]
    told += _codes(codes, verdicts)
    return told


def _codes(codes: Sequence[str], verdicts: Sequence[c.Verdict]) -> Iterator[str]:
    said = defaultdict(set)
    for code in codes:
        word, _, rest = code.partition(" ")
        seq, _, rest = rest.partition(" ")
        _reason, _, part_id = rest.partition(" ")
        if seq.strip("0"):
            said[(seq, part_id)].add(word)
    for (seq, part_id), words in said.items():
        if len(words) > 1:
            yield f"`verdict/code` says both OK and KO of seq {int(seq) if seq.isdigit() else seq} {part_id}"
    known = {verdict.part_id for verdict in verdicts}
    alone = sorted({part_id for _, part_id in said if part_id not in known}) if verdicts else []
    if len(alone) > 1:
        yield f"`verdict/code` tells of {len(alone)} parts that `verdict` does not, {alone[0]!r} among them"


def items_per_s(seen: LineSeen) -> float:
    """How many items a second the line makes, by its verdicts; at least one, which is what is planned for."""
    decided = len({verdict.item_id for verdict in seen.verdicts})
    return max(1.0, decided / seen.looked_s) if seen.looked_s else 1.0
