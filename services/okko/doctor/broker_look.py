"""Looks at a broker and at what runs on it, reading only; what it sends goes to a topic of its own, and `who`.

Frames are never read while the line runs: of the whole tree only what is retained is taken, which a message to
ourselves, sent after the subscription, brings to an end.
"""

import asyncio
import contextlib
import secrets
import socket

from okko import broker as brokers
from okko import contracts as c
from okko.broker_settings import BrokerSettings
from okko.doctor.broker import Anonymous, BrokerSeen, RoundTrip, version_of
from okko.doctor.line import LineSeen, Retained, Who
from okko.doctor.write_access import anonymous_access
from okko.errors import BrokerRefused, BrokerUnavailable, ContractError
from okko.request import ShortSession, short_session
from okko.session import Received, Subscription
from okko.stats import percentiles
from okko.topics import SPECS, Address, Topics

ROUND_TRIPS = 200
ROUND_TRIPS_S = 2.0
RETAINED_S = 2.0
SYS_S = 0.5
LOOK_S = 3.0
"""Agents publish their numbers each second, `ready` as often: three of them, less what a busy machine is late."""

_MOST_RETAINED = 1000
_MOST_VERDICTS = 10_000
_WATCHED = ("agent", "stats", "ready", "station", "verdict", "verdict_code", "reply")
_SYS = "$SYS/broker/"
_SYS_TOPICS = ("version", "publish/messages/dropped")


async def look_at_broker(broker: BrokerSettings, topics: Topics) -> BrokerSeen:
    """What the broker is like.

    Raises:
        BrokerUnavailable: if there is no connection.
        BrokerRefused: if it does not let us in.
    """
    unseen: list[str] = []
    async with short_session(broker, [], lambda _: None) as session:
        connack = session.connack
    sys: dict[str, str] = {}
    trip: RoundTrip | None = None
    try:
        sys = await _sys(broker)
    except (BrokerRefused, BrokerUnavailable) as error:
        unseen.append(f"what it tells of itself ($SYS) is not to be seen: {error.why}")
    with contextlib.suppress(BrokerRefused, BrokerUnavailable):
        trip = await _round_trips(broker, topics)
    access: Anonymous = "unknown"
    if version_of(sys.get("version")) is not None:
        access = await anonymous_access(broker, topics.build("verdict_code").topic)
    outside = await asyncio.to_thread(_reachable_from_outside, broker) if access == "writes" else False
    return BrokerSeen(connack, sys, trip, access, outside, tuple(unseen))


async def _sys(broker: BrokerSettings) -> dict[str, str]:
    seen: dict[str, str] = {}
    complete = asyncio.Event()

    def on_message(received: Received) -> None:
        seen[received.topic.removeprefix(_SYS)] = received.payload.decode("utf-8", "replace")
        if len(seen) == len(_SYS_TOPICS):
            complete.set()

    async with short_session(broker, [Subscription(_SYS + topic, 0) for topic in _SYS_TOPICS], on_message):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(complete.wait(), SYS_S)
    return seen


def _private(topics: Topics) -> Address:
    """A topic of our own, below those of commands, where no agent listens."""
    return topics.build("cmd", agent=f"doctor-{secrets.token_hex(4)}", verb="echo")


async def _round_trips(broker: BrokerSettings, topics: Topics) -> RoundTrip | None:
    """Messages to ourselves, one after another; None where none came back.

    We read them at QoS 0: an acknowledgement of ours would carry the TCP ack that a broker without TCP_NODELAY waits
    for, between the message and its PUBACK, and hide what a client with less to say suffers.
    """
    address = _private(topics)
    loop = asyncio.get_running_loop()
    back_ms: list[float] = []
    acked_ms: list[float] = []
    done = asyncio.Event()
    sent_s = 0.0
    number = 0

    def note(durations: list[float]) -> None:
        if len(durations) == number - 1:
            durations.append((loop.time() - sent_s) * 1e3)
        if len(back_ms) == len(acked_ms) == number:
            done.set()

    def on_message(received: Received) -> None:
        if received.topic == address.topic and received.payload == str(number).encode():
            note(back_ms)

    until_s = loop.time() + ROUND_TRIPS_S
    async with short_session(broker, [Subscription(address.topic, 0)], on_message) as session:
        while number < ROUND_TRIPS and loop.time() < until_s:
            number += 1
            done.clear()
            sent_s = loop.time()
            session.publish(address, str(number).encode(), lambda: note(acked_ms))
            try:
                await asyncio.wait_for(done.wait(), ROUND_TRIPS_S)
            except TimeoutError:
                break
    if not back_ms or not acked_ms:
        return None
    back = percentiles(back_ms)
    return RoundTrip(back.n, back.p50_ms, back.p99_ms, percentiles(acked_ms).p50_ms)


def _reachable_from_outside(broker: BrokerSettings) -> bool:
    """Whether the broker answers at an address that other machines see."""
    if not brokers.is_this_machine(broker.host):
        return True
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: it only chooses the address we would send from
            own: str = probe.getsockname()[0]
        except OSError:
            return False
    return not own.startswith("127.") and brokers.answers(own, broker.port, 0.5)


class _Notes:
    """What comes on the station's topics, as it comes."""

    def __init__(self, topics: Topics) -> None:
        self.topics = topics
        self.states: dict[str, c.AgentState] = {}
        self.stats: dict[str, c.Stats] = {}
        self.live_stats: set[str] = set()
        self.station: c.StationInfo | None = None
        self.ready: str | None = None
        self.retained: list[Retained] = []
        self.who: dict[tuple[str, str], Who] = {}
        self.verdicts: list[c.Verdict] = []
        self.codes: list[str] = []

    def take(self, received: Received) -> None:
        """One message of the watched topics; what cannot be read is dead letters to the agents, and nothing here."""
        with contextlib.suppress(ContractError):
            self._take(self.topics.parse(received.topic), received)

    def _take(self, address: Address, received: Received) -> None:
        payload, live = received.payload, not received.retain
        match address.spec.key:
            case "agent":
                self.states[address.names["agent"]] = c.decode(c.AgentState, payload)
            case "stats":
                self.stats[address.names["agent"]] = c.decode(c.Stats, payload)
                if live:
                    self.live_stats.add(address.names["agent"])
            case "station":
                self.station = c.decode(c.StationInfo, payload)
            case "ready":
                self.ready = payload.decode("utf-8", "replace")
            case "reply":
                reply = c.decode(c.Reply, payload)
                where = f"process {reply.result.get('pid')} on {reply.result.get('host')}, instance {reply.instance_id}"
                if "pid" in reply.result:
                    self.who[(reply.agent, reply.instance_id)] = Who(reply.agent, reply.instance_id, where)
            case "verdict" if live and len(self.verdicts) < _MOST_VERDICTS:
                self.verdicts.append(c.decode(c.Verdict, payload))
            case "verdict_code" if live and len(self.codes) < _MOST_VERDICTS:
                self.codes.append(payload.decode("utf-8", "replace"))


async def look_at_line(broker: BrokerSettings, topics: Topics, agents: frozenset[str]) -> LineSeen:
    """What runs on the broker, and what it keeps.

    Raises:
        BrokerUnavailable: if the connection is lost.
        BrokerRefused: if it does not let us read the station's topics.
    """
    notes = _Notes(topics)
    await _retained(broker, notes)
    subscriptions = [Subscription(topics.filter(key), min(SPECS[key].qos, 1)) for key in _WATCHED]
    async with short_session(broker, subscriptions, notes.take) as session:
        await asyncio.sleep(0)
        _ask_who(session, topics, agents | notes.states.keys())
        await asyncio.sleep(LOOK_S)
    return LineSeen(
        looked_s=LOOK_S,
        states=notes.states,
        stats=notes.stats,
        live_stats=frozenset(notes.live_stats),
        station=notes.station,
        ready=notes.ready,
        retained=tuple(notes.retained),
        who=tuple(notes.who.values()),
        verdicts=tuple(notes.verdicts),
        codes=tuple(notes.codes),
    )


def _ask_who(session: ShortSession, topics: Topics, agents: frozenset[str]) -> None:
    request_id = f"doctor-{secrets.token_hex(8)}"
    for agent in sorted(agents):
        session.publish(topics.build("cmd", agent=agent, verb="who"), c.encode(c.Command(request_id=request_id)))


async def _retained(broker: BrokerSettings, notes: _Notes) -> None:
    """Everything that the broker keeps below the station's prefix, and nothing that comes after."""
    end = _private(notes.topics)
    over = asyncio.Event()

    def on_message(received: Received) -> None:
        if received.topic == end.topic:
            over.set()
        elif received.retain and len(notes.retained) < _MOST_RETAINED:
            notes.retained.append(Retained(received.topic, len(received.payload)))

    async with short_session(broker, [Subscription(f"{notes.topics.base}/#", 0)], on_message) as session:
        session.publish(end, b"")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), RETAINED_S)
