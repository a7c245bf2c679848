"""The connection to the broker: the only module that knows the MQTT client below `okko.mqtt`.

A session connects, subscribes, hands each message to its receiver, and connects again for as long as it runs; every
connection is a new one, which knows nothing of what went before. It acks by hand: a message is acked on the connection
that delivered it, after the receiver returned, so that nothing is confirmed that nobody has looked at. Publishing never
waits: the message is kept until its PUBACK, and what a lost connection takes with it is the business of journal, outbox
and deadlines.
"""

import asyncio
import contextlib
import logging
import random
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from okko.broker_settings import BrokerSettings
from okko.connack import Connack
from okko.contracts import SCHEMA
from okko.errors import BrokerRefused, BrokerUnavailable, ConfigError
from okko.mqtt import properties as p
from okko.mqtt.connection import Connection, connect
from okko.mqtt.errors import ConnectionEnded, Malformed, NotLetIn, TooLarge
from okko.mqtt.packets import Connect, Publish
from okko.mqtt.packets import Will as MqttWill
from okko.mqtt.reasons import FAILURE, RECEIVE_MAXIMUM_EXCEEDED, named
from okko.topics import Address, TopicSpec

log = logging.getLogger(__name__)

RECEIVE_MAXIMUM = 64
"""How many messages the broker may leave unacked with us. We ack in the callback, so this is never waited for."""

MAX_UNACKED = 4096
MAX_UNACKED_BYTES = 96 * 1024 * 1024
"""What may wait for the broker's PUBACK before `publish` refuses: the bound of a client whose broker hangs."""

STEADY_S = 5.0
"""A connection that has stood so long was well: the next attempt counts as the first. A shorter one does not, lest
a broker that accepts and drops us is asked twenty times a second."""

# MQTT 5 codes of a broker that will say the same tomorrow. Others (unavailable, busy, quota) are worth another try.
_FATAL_CODES = {
    0x81: "malformed packet",
    0x84: "it does not speak MQTT 5",
    0x85: "the client id is not valid",
    0x86: "bad user name or password",
    0x87: "not authorized",
    0x8A: "banned",
    0x8C: "bad authentication method",
}

# What OpenSSL says of a certificate that another look at the clock may mend: a box without a battery wakes up in 1970.
_NOT_YET_VALID, _EXPIRED = 9, 10


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it came; `payload` are its bytes, `retain` whether it was kept from before."""

    topic: str
    payload: bytes
    retain: bool
    schema: str | None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A topic filter and its QoS; `no_local` spares a client its own messages."""

    filter: str
    qos: int = 1
    no_local: bool = False


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says of a client that is gone without a word."""

    address: Address
    payload: bytes


@dataclass(frozen=True, slots=True)
class _OnPuback:
    """Who hears of it when a message is confirmed."""

    on_ack: Callable[[], None] | None
    on_answer: Callable[[int], None] | None


_NOBODY = _OnPuback(None, None)


@dataclass
class SessionOptions:
    """How one client presents itself. `expiry_s` above 0 makes the session outlive its connection.

    `on_connect` comes before any message of its connection. `on_too_large` hears in words of a message that the broker
    does not take, once for each topic and connection. `once`: a connection that fails, or is lost, is not tried again;
    `run` raises why.
    """

    client_id: str
    subscriptions: Sequence[Subscription]
    will: Will | None = None
    expiry_s: int = 0
    deadline_ms: int = 1000
    on_message: Callable[[Received], None] = field(default=lambda _: None)
    on_connect: Callable[[], None] = field(default=lambda: None)
    on_disconnect: Callable[[str], None] = field(default=lambda _: None)
    on_too_large: Callable[[str], None] = field(default=log.warning)
    before_connect: Callable[[], Awaitable[None]] | None = None
    once: bool = False


def fatal_reason(code: int) -> str | None:
    """Why connecting again would be no use, or None where it is worth another try. `code`: of CONNACK, MQTT 5."""
    return _FATAL_CODES.get(code)


def certificate_is_wrong(error: ssl.SSLCertVerificationError) -> bool:
    """Whether a certificate will be refused tomorrow too. One that only the clock speaks against may not."""
    return error.verify_code not in (_NOT_YET_VALID, _EXPIRED)


def backoff_s(attempt: int, rng: random.Random, *, base_s: float = 0.1, cap_s: float = 5.0) -> float:
    """How long to wait before attempt number `attempt` (from 0): full jitter, doubling up to a cap.

    Source: M. Brooker, "Exponential Backoff And Jitter", 2015.
    """
    return rng.uniform(0, min(cap_s, base_s * 2 ** min(attempt, 16)))


def failures_before(failures: int, stood_s: float) -> int:
    """How many failures in a row precede the next attempt, after a connection that stood for `stood_s` (0: none)."""
    return 0 if stood_s >= STEADY_S else failures


class Session:
    """One agent's standing with the broker; `run` keeps it up."""

    def __init__(self, broker: BrokerSettings, options: SessionOptions) -> None:
        self.broker = broker
        self.options = options
        self.connected = False
        self.connections = 0
        self.connack: Connack | None = None
        """What the broker said of itself when it last let us in."""
        self.refused_publishes = 0
        self.rejected_publishes = 0
        self._connection: Connection[_OnPuback] | None = None
        self._early: deque[Publish] = deque()
        self._connected_s = 0.0
        self._properties: dict[str, bytes] = {}
        self._too_large: set[str] = set()
        """Of which topics a message was too large on this connection, and told."""
        self._rng = random.Random()  # noqa: S311 - spreads reconnects, guards nothing

    async def run(self) -> None:
        """Keep the connection until cancelled.

        Raises:
            BrokerRefused: if the broker says no in a way that will not change.
            BrokerUnavailable: with `once`, when there is no connection, or no longer.
            ConfigError: if the password or a certificate cannot be read.
        """
        failures = 0
        while True:
            connections = self.connections
            try:
                if self.options.before_connect is not None:
                    await self.options.before_connect()
                await self._connect_and_serve()
            except BrokerUnavailable as error:
                if self.options.once:
                    raise
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    # Somebody has told a cancellation as an attempt that failed (wait_for of Python 3.11 does so where
                    # it comes together with the answer): we would connect again for ever, and the agent never stop.
                    raise asyncio.CancelledError from error
                was_connected = self.connections > connections
                stood_s = asyncio.get_running_loop().time() - self._connected_s if was_connected else 0.0
                failures = failures_before(failures, stood_s)
                if was_connected or failures in (0, 5) or failures % 50 == 0:
                    log.warning("%s; %s", error, "trying again" if was_connected else "waiting for it")
            delay = backoff_s(failures, self._rng)
            failures += 1
            await asyncio.sleep(delay)

    def publish(
        self,
        address: Address,
        payload: bytes,
        on_ack: Callable[[], None] | None = None,
        on_answer: Callable[[int], None] | None = None,
    ) -> bool:
        """Send `payload` without waiting; `on_ack` is called once the broker has confirmed it on this connection.

        `on_answer` is called with the MQTT 5 code of any PUBACK, also of one that says no (0x80 and above).

        Gives False where there is no connection; and, counted, where too much waits for the broker already, or it does
        not take a message so large.
        """
        connection = self._connection
        if connection is None:
            return False
        spec = address.spec
        properties = self._properties.get(spec.key) or self._properties_of(spec)
        try:
            if not spec.qos:
                sent = connection.publish_unconfirmed(address.topic, payload, retain=spec.retain, properties=properties)
                self.refused_publishes += not sent
                return sent
            unacked = connection.outgoing
            if len(unacked) >= MAX_UNACKED or unacked.payload_bytes + len(payload) > MAX_UNACKED_BYTES:
                self.refused_publishes += 1
                return False
            heard_by = _NOBODY if on_ack is None and on_answer is None else _OnPuback(on_ack, on_answer)
            connection.publish(address.topic, payload, retain=spec.retain, properties=properties, context=heard_by)
        except TooLarge as error:
            self.refused_publishes += 1
            if spec.key not in self._too_large:
                self._too_large.add(spec.key)
                self.options.on_too_large(f"{address.topic} is not published: {error}")
            return False
        return True

    def flush(self) -> None:
        """Write what was published until now at once: for what somebody waits for, when more is to be done after it."""
        if self._connection is not None:
            self._connection.flush()

    @property
    def unacked(self) -> int:
        """How many published messages the broker has not confirmed yet."""
        return len(self._connection.outgoing) if self._connection is not None else 0

    @property
    def unacked_bytes(self) -> int:
        """The size of what the broker has not confirmed yet."""
        return self._connection.outgoing.payload_bytes if self._connection is not None else 0

    async def flushed(self, timeout_s: float) -> None:
        """Wait until the broker has confirmed everything, or the time is up."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while self.unacked and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - at shutdown only
            await asyncio.sleep(0.01)

    def _properties_of(self, spec: TopicSpec) -> bytes:
        """The properties of all messages of a topic: they are the same, and written once."""
        properties: list[tuple[int, p.Value]] = []
        if (expiry_s := spec.expiry_with(self.options.deadline_ms)) is not None:
            properties.append((p.MESSAGE_EXPIRY, expiry_s))
        properties.append((p.CONTENT_TYPE, spec.content_type))
        if spec.payload is not None:
            properties.append((p.USER_PROPERTY, ("schema", SCHEMA)))
        written = self._properties[spec.key] = p.encode(*properties)
        return written

    async def _connect_and_serve(self) -> None:
        broker = self.broker
        me, tls = self._introduction()
        with self._in_our_words():
            connection: Connection[_OnPuback] = await connect(
                broker.host,
                broker.port,
                tls,
                me,
                timeout_s=broker.timeout_s,
                on_message=self._received,
                on_confirmed=self._confirmed,
            )
        try:
            self.connack = connection.connack
            await self._subscribe(connection)
            self._connection = connection
            self._connected_s = asyncio.get_running_loop().time()
            self._too_large.clear()
            self.connected = True
            self.connections += 1
            self.options.on_connect()
            while self._early:
                self._received(connection, self._early.popleft())
            raise self._what_ended(await connection.lost())
        finally:
            was_connected, self.connected = self.connected, False
            self._connection = None
            self._early.clear()
            try:
                if was_connected:
                    self.options.on_disconnect("the connection to the broker was lost")
            finally:
                await connection.close()

    @contextlib.contextmanager
    def _in_our_words(self) -> Iterator[None]:
        """Errors of the client as ours."""
        url = self.broker.url
        try:
            yield
        except NotLetIn as error:
            if (why := fatal_reason(error.code)) is not None:
                raise BrokerRefused(url, why, self._check_who_we_are()) from error
            raise BrokerUnavailable(url, str(error)) from error
        except ConnectionEnded as error:
            raise BrokerUnavailable(url, str(error)) from error
        except ssl.SSLCertVerificationError as error:
            if certificate_is_wrong(error):
                why = f"its certificate is not to be trusted: {error.verify_message}"
                remedy = f"Check `ca` and the host name in `url` under [{self.broker.table}]"
                raise BrokerRefused(url, why, remedy) from error
            raise BrokerUnavailable(url, str(error)) from error

    def _check_who_we_are(self) -> str:
        variable = self.broker.password_variable
        return f"Check `username` under [{self.broker.table}] and the password in {variable} or `password_file`"

    def _what_ended(self, cause: BaseException | None) -> BaseException:
        """Our own defect where the receiver raised; else a broker, or a network, that went away or talks nonsense."""
        if cause is not None and not isinstance(cause, ConnectionEnded):
            return cause
        return BrokerUnavailable(self.broker.url, f"it was lost: {cause}" if cause else "it closed the connection")

    def _introduction(self) -> tuple[Connect, ssl.SSLContext | None]:
        """How we present ourselves, and how the broker is to."""
        broker, options = self.broker, self.options
        try:
            password, tls = broker.secret(), broker.tls_context()
        except (OSError, ValueError) as error:
            remedy = "Check `password_file`, `ca`, `cert` and `key`"
            raise ConfigError.one(broker.url, broker.table, f"cannot read what lets us in: {error}", remedy) from error
        me = Connect(
            options.client_id,
            keepalive_s=broker.keepalive_s,
            clean_start=options.expiry_s == 0,
            session_expiry_s=options.expiry_s,
            receive_maximum=RECEIVE_MAXIMUM,
            username=broker.username,
            password=password,
            will=self._mqtt_will(),
        )
        return me, tls

    def _mqtt_will(self) -> MqttWill | None:
        if (will := self.options.will) is None:
            return None
        spec = will.address.spec
        properties = p.encode((p.CONTENT_TYPE, spec.content_type), (p.USER_PROPERTY, ("schema", SCHEMA)))
        return MqttWill(will.address.topic, will.payload, spec.qos, spec.retain, properties)

    async def subscribe(self, wanted: Subscription) -> None:
        """Read this too from now on. The caller has put it among the subscriptions of the options.

        Raises:
            BrokerUnavailable: if the connection was lost meanwhile; the next one has it.
        """
        if self._connection is not None:
            with self._in_our_words():
                await self._connection.subscribe([(wanted.filter, wanted.qos, wanted.no_local)], self.broker.timeout_s)

    async def _subscribe(self, connection: Connection[_OnPuback]) -> None:
        wanted = [(s.filter, s.qos, s.no_local) for s in self.options.subscriptions]
        if not wanted:
            return
        with self._in_our_words():
            answers = await connection.subscribe(wanted, self.broker.timeout_s)
        for (topics, *_), granted in zip(wanted, answers, strict=True):
            if granted >= FAILURE:
                why = f"it does not let us read {topics}"
                raise BrokerRefused(self.broker.url, why, self._check_who_we_are())

    def _received(self, connection: Connection[_OnPuback], message: Publish) -> None:
        if self._connection is not connection:
            self._hold(message)
            return
        try:
            self.options.on_message(
                Received(message.topic, message.payload, message.retain, _schema_of(message.properties))
            )
        finally:
            connection.ack(message)

    def _hold(self, message: Publish) -> None:
        # What waited at the broker comes before our subscriptions stand, when there is no publishing about it yet.
        # It is not acked, so that ReceiveMaximum bounds how much that is.
        if len(self._early) >= RECEIVE_MAXIMUM and message.packet_id:
            raise Malformed("it sends more than it may before an ack", RECEIVE_MAXIMUM_EXCEEDED)
        self._early.append(message)

    def _confirmed(self, _connection: Connection[_OnPuback], heard_by: _OnPuback, code: int) -> None:
        if code >= FAILURE:
            self.rejected_publishes += 1
            if self.rejected_publishes == 1 or self.rejected_publishes % 1000 == 0:
                why = named(code)
                log.warning("the broker does not take what we publish: %s (%d times)", why, self.rejected_publishes)
        elif heard_by.on_ack is not None:
            # Not from here: what it raises is no business of the connection.
            asyncio.get_running_loop().call_soon(heard_by.on_ack)
        if heard_by.on_answer is not None:
            asyncio.get_running_loop().call_soon(heard_by.on_answer, code)


def _schema_of(properties: p.Properties) -> str | None:
    for name, value in p.pairs(properties):
        if name == "schema":
            return value
    return None
