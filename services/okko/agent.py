"""What every agent does alike: identity, connection, dispatch, dead letters, state, events, stats and a clean stop."""

import asyncio
import base64
import contextlib
import hashlib
import logging
import os
import secrets
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from okko import __version__, clock, concern, heartbeat, identity, shutdown
from okko import contracts as c
from okko.errors import BrokerUnavailable, ContractError
from okko.logs import AgentLog
from okko.session import Received, Session, SessionOptions, Subscription, Will
from okko.station import Station
from okko.stats import StatsBook, rss_bytes
from okko.topics import SPECS, Address, Topics, TopicSpec

DEAD_LETTERS_PER_S = 20
"""How many dead letters are published each second; beyond it they are only counted, lest poison becomes a flood."""

DEAD_LETTER_HEAD_BYTES = 4096
FLUSH_S = 1.0
UNTOLD_EVENTS = 64
"""How many events are kept while there is no connection; the oldest make room."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that belongs to a topic of the station; `names` are those that stand in its topic."""

    payload: bytes
    retain: bool
    spec: TopicSpec
    names: Mapping[str, str]
    topic: str


Handler = Callable[[Incoming], None]
RefusedHandler = Callable[[Incoming, ContractError], None]
CommandHandler = Callable[[c.Command], dict[str, Any] | None]
Task = Callable[[], Awaitable[None]]


class Runtime:
    """One agent's life on the broker.

    Handlers run on the event loop and must be quick; a message is acked after its handler has returned.
    """

    def __init__(self, station: Station, name: str, *, session_expiry_s: int = 0) -> None:
        self.station = station
        self.name = name
        self.instance_id = secrets.token_hex(8)
        self.topics = Topics(station.base)
        self._identity: TextIO | None = None
        self.stats = StatsBook()
        self._heartbeat = heartbeat.from_environment(name)
        self.log = AgentLog(logging.getLogger(name), {"agent": name})
        self._since = clock.utc_now()
        self._started_mono_ns = clock.mono_ns()
        self._handlers: dict[str, Handler] = {}
        self._refused: dict[str, RefusedHandler] = {}
        self._commands: dict[str, CommandHandler] = {"who": self._who, "restart": self._restart}
        self._command_bytes: dict[str, int] = {}
        self._subscriptions: list[Subscription] = []
        self._on_connect: list[Callable[[], None]] = []
        self._on_disconnect: list[Callable[[], None]] = []
        self._on_stop: list[Task] = []
        self._faults: dict[str, str] = {}
        self._serves: tuple[str, ...] = ()
        self._versions: dict[str, str] = {}
        self._config = concern.sha256_of(station, name)
        self._dead_letters_this_s = 0
        self._untold: deque[c.Event] = deque(maxlen=UNTOLD_EVENTS)
        self._state = self.topics.build("agent", agent=name)
        self._stats_address = self.topics.build("stats", agent=name)
        self._event_address = self.topics.build("event")
        self._session = Session(
            station.broker,
            SessionOptions(
                client_id=f"okko-{station.base.replace('/', '-')}-{name}",
                subscriptions=self._subscriptions,
                will=Will(self._state, c.encode(self._agent_state("offline", "the connection was lost"))),
                expiry_s=session_expiry_s,
                deadline_ms=station.station.deadline_ms,
                on_message=self._dispatch,
                on_connect=self._connected,
                on_disconnect=self._disconnected,
                on_too_large=self._too_large,
                before_connect=self._ensure_alone,
            ),
        )
        self.on("cmd", self._command, agent=name)

    @property
    def connected(self) -> bool:
        """Whether there is a connection to the broker just now."""
        return self._session.connected

    def on(
        self,
        key: str,
        handler: Handler,
        *,
        refused: RefusedHandler | None = None,
        qos: int | None = None,
        **names: str,
    ) -> None:
        """Subscribe to a row of the topic table (for some names only, if given) and say who handles it.

        `qos` lowers the row's own, for a message that may be missed and is cheaper without its ack.

        `refused` gets what is too large or of another schema, in place of the dead letter that it would become.
        """
        self._handlers[key] = handler
        if refused is not None:
            self._refused[key] = refused
        wanted = SPECS[key].qos if qos is None else qos
        self._subscriptions.append(Subscription(self.topics.filter(key, **names), wanted))

    async def also_on(self, key: str, handler: Handler, **names: str) -> None:
        """The same while it runs: subscribed when this returns, or with the next connection."""
        self.on(key, handler, refused=None, qos=None, **names)
        with contextlib.suppress(BrokerUnavailable):
            await self._session.subscribe(self._subscriptions[-1])

    def command(self, verb: str, handler: CommandHandler, *, max_bytes: int | None = None) -> None:
        """Answer `cmd/{agent}/{verb}` with what the handler gives, a ContractError as error.

        None: no reply, or a later one by `reply`. `max_bytes`: where it may be larger than other commands.
        """
        self._commands[verb] = handler
        if max_bytes is not None:
            self._command_bytes[verb] = max_bytes

    def on_connect(self, callback: Callable[[], None]) -> None:
        """Call back after each connection, once the subscriptions stand."""
        self._on_connect.append(callback)

    def on_disconnect(self, callback: Callable[[], None]) -> None:
        """Call back when a connection is lost."""
        self._on_disconnect.append(callback)

    def on_stop(self, task: Task) -> None:
        """Await this before saying offline: what must still be finished when the agent is asked to stop."""
        self._on_stop.append(task)

    def publish(self, address: Address, message: c.Message | bytes, on_ack: Callable[[], None] | None = None) -> bool:
        """Send without waiting; False, and counted, where there is no connection or too much waits already."""
        payload = message if isinstance(message, bytes) else c.encode(message)
        sent = self._session.publish(address, payload, on_ack)
        if not sent:
            self.stats.count(f"unsent_{address.spec.key}")
        return sent

    def flush(self) -> None:
        """Write what was published until now at once: for what somebody waits for, when more is to be done after it."""
        self._session.flush()

    def event(self, severity: c.Severity, code: str, text: str, item_id: str | None = None) -> None:
        """Tell people, on the broker and in the log."""
        level = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}[severity]
        self.log.log(level, "%s: %s", code, text, extra={"item_id": item_id})
        self.stats.count(f"event_{code}")
        message = c.Event(
            severity=severity, code=code, text=text[:4096], agent=self.name, at=clock.utc_now(), item_id=item_id
        )
        if not self.publish(self._event_address, message):
            self._untold.append(message)

    def serve(self, *names: str) -> None:
        """Say what this agent stands for: a camera, `camera/model`."""
        self._serves = names
        self._publish_state()

    def versions(self, **versions: str) -> None:
        """Say which versions of what this agent works with."""
        self._versions.update(versions)
        self._publish_state()

    def fault(self, what: str, why: str) -> None:
        """Say that a part of the agent cannot work; it is faulted until all its faults are cleared."""
        if self._faults.get(what) != why:
            self._faults[what] = why
            self._publish_state()

    def clear(self, what: str) -> None:
        """Take a fault back."""
        if self._faults.pop(what, None) is not None:
            self._publish_state()

    @property
    def faults(self) -> Mapping[str, str]:
        """What cannot work just now, and why."""
        return self._faults

    def claim(self) -> None:
        """Hold the agent's name on this machine, before it opens what belongs to that name (a journal, a store).

        Raises:
            IdentityTaken: if another process of this machine holds it.
        """
        if self._identity is None:
            self._identity = identity.lock(self.station.broker, self.topics.base, self.name)

    async def run(self, *tasks: Task) -> None:
        """Connect and run the agent's own tasks until it is asked to stop.

        Raises:
            IdentityTaken: if another agent of this name is alive.
            BrokerRefused: if the broker does not let us in.
        """
        stop = shutdown.stop_event()
        self.claim()
        try:
            async with asyncio.TaskGroup() as outer:
                session = outer.create_task(self._session.run(), name=f"{self.name}-session")
                try:
                    async with asyncio.TaskGroup() as inner:
                        running = [
                            inner.create_task(_forever(task), name=f"{self.name}-{task.__name__}")
                            for task in (self._tell_stats, *tasks)
                        ]
                        waiter = inner.create_task(stop.wait(), name=f"{self.name}-stop")
                        await waiter
                        for task in running:
                            task.cancel()
                finally:
                    await self._stop()
                    session.cancel()
        finally:
            if self._identity is not None:
                self._identity.close()

    async def _stop(self) -> None:
        for task in self._on_stop:
            await task()
        why = "begins anew" if shutdown.is_to_begin_anew() else "stopped"
        self.publish(self._state, self._agent_state("offline", why))
        await self._session.flushed(FLUSH_S)

    async def _ensure_alone(self) -> None:
        await identity.ensure_alone(self.station.broker, self.topics, self.name, self.instance_id)

    def _connected(self) -> None:
        self.log.info("connected to %s", self.station.broker.url)
        self._publish_state()
        self._publish_stats()
        while self._untold and self.publish(self._event_address, self._untold[0]):
            self._untold.popleft()
        for callback in self._on_connect:
            callback()

    def _disconnected(self, _why: str) -> None:
        self.stats.count("disconnects")
        for callback in self._on_disconnect:
            callback()

    def _too_large(self, what: str) -> None:
        self.event("error", "message_too_large", what)

    def _dispatch(self, received: Received) -> None:
        try:
            address = self.topics.parse(received.topic)
            incoming = Incoming(received.payload, received.retain, address.spec, address.names, received.topic)
            try:
                self._check(received, address)
            except ContractError as error:
                refused = self._refused.get(address.spec.key)
                if refused is None or received.retain:
                    raise
                refused(incoming, error)
                return
            handler = self._handlers.get(address.spec.key)
            if handler is not None:
                handler(incoming)
        except ContractError as error:
            self.dead_letter(received.topic, received.payload, str(error))
        except Exception as error:
            # The last line of defence: a message must not stop an agent, or a persistent session would serve it again
            # and again. It is kept as a dead letter and told as a defect.
            self.log.exception("defect while handling %s", received.topic)
            self.stats.count("defects")
            self.dead_letter(received.topic, received.payload, f"defect: {type(error).__name__}: {error}")

    def _check(self, received: Received, address: Address) -> None:
        if received.schema not in (None, c.SCHEMA):
            raise ContractError(address.spec.key, f"schema {received.schema!r}; this agent reads {c.SCHEMA!r}")
        max_bytes = address.spec.max_bytes
        if address.spec.key == "cmd":
            max_bytes = self._command_bytes.get(address.names["verb"], max_bytes)
        if len(received.payload) > max_bytes:
            raise ContractError(address.spec.key, f"{len(received.payload)} bytes; at most {max_bytes} are read")
        if received.retain and not address.spec.retain:
            raise ContractError(
                address.spec.key,
                "retained, which it never is, of unknown age; clear it while the station is down: mosquitto_pub -r -n",
            )

    def dead_letter(self, topic: str, payload: bytes, error: str) -> None:
        """Keep what could not be read: counted always, published up to a rate."""
        self.stats.count("dead_letters")
        self._dead_letters_this_s += 1
        if self._dead_letters_this_s > DEAD_LETTERS_PER_S:
            return
        self.log.warning("cannot read what came on %s: %s", topic[:200], error[:500])
        head = payload[:DEAD_LETTER_HEAD_BYTES]
        message = c.DeadLetter(
            agent=self.name,
            topic=topic[:1024],
            error=error[:1024],
            size_bytes=len(payload),
            sha256=hashlib.sha256(payload).hexdigest(),
            head_base64=base64.b64encode(head).decode("ascii"),
            at=clock.utc_now(),
        )
        self.publish(self.topics.build("deadletter", agent=self.name), message)

    def _command(self, incoming: Incoming) -> None:
        command = c.decode(c.Command, incoming.payload)
        verb = incoming.names["verb"]
        handler = self._commands.get(verb)
        result: dict[str, Any] | None = {}
        error: str | None = None
        if handler is None:
            error = f"{self.name} has no command {verb!r}; it has {', '.join(sorted(self._commands))}"
        else:
            try:
                result = handler(command)
            except ContractError as refused:
                error = str(refused)
        if result is not None:
            self.reply(command.request_id, result, error)

    def reply(self, request_id: str, result: dict[str, Any], error: str | None = None) -> None:
        """Answer a command whose handler gave None, since the answer was not known yet."""
        reply = c.Reply(
            request_id=request_id,
            agent=self.name,
            instance_id=self.instance_id,
            ok=error is None,
            result=result,
            error=error,
        )
        self.publish(self.topics.build("reply", agent=self.name), reply)

    def _who(self, _command: c.Command) -> dict[str, Any]:
        return {"host": socket.gethostname(), "pid": os.getpid(), "since": self._since}

    def _restart(self, command: c.Command) -> dict[str, Any] | None:
        self.log.info("asked to begin anew")
        self.reply(command.request_id, {})
        shutdown.begin_anew()
        return None

    def _agent_state(self, state: str | None = None, why: str = "") -> c.AgentState:
        if state is None:
            state = "faulted" if self._faults else "online"
            why = "; ".join(f"{what}: {reason}" for what, reason in self._faults.items())
        return c.AgentState(
            agent=self.name,
            state=state,  # type: ignore[arg-type] # one of the three words, by its callers above
            why=why[:2048],
            instance_id=self.instance_id,
            version=__version__,
            since=self._since,
            serves=self._serves,
            host=socket.gethostname(),
            pid=os.getpid(),
            versions=self._versions,
            config=self._config,
        )

    def _publish_state(self) -> None:
        if self.connected:
            self.publish(self._state, self._agent_state())

    async def _tell_stats(self) -> None:
        while True:
            self._dead_letters_this_s = 0
            self._publish_stats()
            if self.connected:
                # From the loop itself: one that hangs is not well either, connected or not.
                self._heartbeat.beat()
            await asyncio.sleep(1)

    def _publish_stats(self) -> None:
        if not self.connected:
            return
        stats = c.Stats(
            agent=self.name,
            instance_id=self.instance_id,
            at=clock.utc_now(),
            uptime_s=round((clock.mono_ns() - self._started_mono_ns) / 1e9, 1),
            rss_bytes=rss_bytes(),
            counters=dict(self.stats.counters),
            stages=self.stats.percentiles(),
            gauges=self.stats.gauges,
        )
        self.publish(self._stats_address, stats)


async def _forever(task: Task) -> None:
    await task()
