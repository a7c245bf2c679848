"""The connection to the broker: the only importer of aiomqtt and paho.

A session connects, subscribes, hands each message to its receiver, and connects again for as long as it runs; every
connection is a new client, since one that is used again replays stale messages. It acks by hand: a message is acked on
the connection that delivered it, after the receiver returned, so that nothing is confirmed that nobody has looked at.
Publishing never waits: paho keeps the message until its PUBACK, and what a lost connection takes with it is the
business of journal, outbox and deadlines.
"""

import asyncio
import contextlib
import logging
import random
import socket
import ssl
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiomqtt
import paho.mqtt.client as paho
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from okko.broker_settings import BrokerSettings
from okko.connack import Connack, connack_of
from okko.contracts import SCHEMA
from okko.errors import BrokerRefused, BrokerUnavailable, ConfigError
from okko.topics import Address

log = logging.getLogger(__name__)

RECEIVE_MAXIMUM = 64
"""How many messages the broker may leave unacked with us. We ack in the callback, so this is never waited for."""

MAX_UNACKED = 4096
MAX_UNACKED_BYTES = 96 * 1024 * 1024
"""What may wait for the broker's PUBACK before `publish` refuses: the bound of a client whose broker hangs."""

STEADY_S = 5.0
"""A connection that has stood so long was well: the next attempt counts as the first. A shorter one does not, lest
a broker that accepts and drops us is asked twenty times a second."""

GOODBYE_S = 1.0
"""How long a broker that does not read is given to take our DISCONNECT; then the connection is cut, and it sends the
will."""

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
_ACCESS_DENIED = 0x80

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


@dataclass
class SessionOptions:
    """How one client presents itself. `expiry_s` above 0 makes the session outlive its connection.

    `on_connect` comes before any message of its connection. `once`: a connection that fails, or is lost, is not tried
    again; `run` raises why.
    """

    client_id: str
    subscriptions: Sequence[Subscription]
    will: Will | None = None
    expiry_s: int = 0
    deadline_ms: int = 1000
    on_message: Callable[[Received], None] = field(default=lambda _: None)
    on_connect: Callable[[], None] = field(default=lambda: None)
    on_disconnect: Callable[[str], None] = field(default=lambda _: None)
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
        self._paho: paho.Client | None = None
        self._early: deque[paho.MQTTMessage] = deque()
        self._connected_s = 0.0
        self._defect: Exception | None = None
        self._acks: dict[int, tuple[int, Callable[[], None] | None, Callable[[int], None] | None]] = {}
        self._unacked_bytes = 0
        self._properties: dict[str, Properties] = {}
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
                    # wait_for of Python 3.11, with which aiomqtt waits, swallows a cancellation that comes together
                    # with the answer: we would connect again for ever, and the agent never stop.
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

        Gives False where there is no connection; and, counted, where too much waits for the broker already.
        """
        client = self._paho
        spec = address.spec
        if client is None or not self.connected:
            return False
        if spec.qos and (len(self._acks) >= MAX_UNACKED or self._unacked_bytes + len(payload) > MAX_UNACKED_BYTES):
            self.refused_publishes += 1
            return False
        info = client.publish(address.topic, payload, spec.qos, spec.retain, self._publish_properties(address))
        if info.rc != paho.MQTT_ERR_SUCCESS:
            return False
        if spec.qos:
            self._acks[info.mid] = (len(payload), on_ack, on_answer)
            self._unacked_bytes += len(payload)
        return True

    @property
    def unacked(self) -> int:
        """How many published messages the broker has not confirmed yet."""
        return len(self._acks)

    @property
    def unacked_bytes(self) -> int:
        """The size of what the broker has not confirmed yet."""
        return self._unacked_bytes

    async def flushed(self, timeout_s: float) -> None:
        """Wait until the broker has confirmed everything, or the time is up."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while self._acks and self.connected and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - at shutdown only
            await asyncio.sleep(0.01)

    def _publish_properties(self, address: Address) -> Properties:
        spec = address.spec
        if (properties := self._properties.get(spec.key)) is None:
            properties = _Unchanging(PacketTypes.PUBLISH)
            properties.ContentType = spec.content_type
            if spec.payload is not None:
                properties.UserProperty = ("schema", SCHEMA)
            if (expiry_s := spec.expiry_with(self.options.deadline_ms)) is not None:
                properties.MessageExpiryInterval = expiry_s
            self._properties[spec.key] = properties
        return properties

    async def _connect_and_serve(self) -> None:
        client = self._new_client()
        try:
            with self._in_our_words():
                await client.__aenter__()
            self.connack = client.connack
            await self._subscribe(client)
            self._paho = client.inner
            self._connected_s = asyncio.get_running_loop().time()
            self.connected = True
            self.connections += 1
            self.options.on_connect()
            while self._early:
                self._deliver(client.inner, self._early.popleft())
            raise self._what_ended(await client.lost())
        finally:
            was_connected, self.connected = self.connected, False
            self._paho = None
            self._early.clear()
            self._acks.clear()
            self._unacked_bytes = 0
            try:
                if was_connected:
                    self.options.on_disconnect("the connection to the broker was lost")
            finally:
                await client.close()

    @contextlib.contextmanager
    def _in_our_words(self) -> Iterator[None]:
        """Errors of the client library as ours."""
        url = self.broker.url
        try:
            yield
        except MqttConnectError as error:
            code = error.rc.value if isinstance(error.rc, ReasonCode) else int(error.rc or 0)
            if (why := fatal_reason(code)) is not None:
                raise BrokerRefused(url, why, self._check_who_we_are()) from error
            raise BrokerUnavailable(url, str(error)) from error
        except aiomqtt.MqttError as error:
            cause = error.__context__  # aiomqtt hides what it caught behind an error of its own
            if isinstance(cause, ssl.SSLCertVerificationError) and certificate_is_wrong(cause):
                why = f"its certificate is not to be trusted: {cause.verify_message}"
                remedy = f"Check `ca` and the host name in `url` under [{self.broker.table}]"
                raise BrokerRefused(url, why, remedy) from error
            raise BrokerUnavailable(url, str(error) or repr(cause)) from error

    def _check_who_we_are(self) -> str:
        variable = self.broker.password_variable
        return f"Check `username` under [{self.broker.table}] and the password in {variable} or `password_file`"

    def _what_ended(self, cause: BaseException | None) -> Exception:
        """Our own defect where the receiver raised; else a broker, or a network, that went away or talks nonsense."""
        if self._defect is not None and cause is self._defect:
            return self._defect
        return BrokerUnavailable(self.broker.url, f"it was lost: {cause}" if cause else "it closed the connection")

    def _new_client(self) -> "_Client":
        broker, options = self.broker, self.options
        try:
            password, tls_context = broker.secret(), broker.tls_context()
        except (OSError, ValueError) as error:
            remedy = "Check `password_file`, `ca`, `cert` and `key`"
            raise ConfigError.one(broker.url, broker.table, f"cannot read what lets us in: {error}", remedy) from error
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # as above
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        properties.SessionExpiryInterval = options.expiry_s
        client = _Client(
            broker.host,
            broker.port,
            username=broker.username,
            password=password,
            identifier=options.client_id,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=options.expiry_s == 0,
            properties=properties,
            keepalive=broker.keepalive_s,
            timeout=broker.timeout_s,
            tls_context=tls_context,
            will=self._aiomqtt_will(),
            max_inflight_messages=RECEIVE_MAXIMUM,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )
        client.inner.connect_timeout = broker.timeout_s
        client.inner.manual_ack_set(True)  # noqa: FBT003 - paho's signature
        client.inner.on_message = self._received
        client.inner.on_publish = self._confirmed
        return client

    def _aiomqtt_will(self) -> aiomqtt.Will | None:
        if (will := self.options.will) is None:
            return None
        properties = Properties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call] # as above
        properties.ContentType = will.address.spec.content_type
        properties.UserProperty = ("schema", SCHEMA)
        spec = will.address.spec
        return aiomqtt.Will(will.address.topic, will.payload, spec.qos, spec.retain, properties)

    async def _subscribe(self, client: aiomqtt.Client) -> None:
        wanted = [(s.filter, SubscribeOptions(qos=s.qos, noLocal=s.no_local)) for s in self.options.subscriptions]
        if not wanted:
            return
        with self._in_our_words():
            answers = await client.subscribe(wanted)
        for subscription, granted in zip(wanted, answers, strict=True):
            code = granted.value if isinstance(granted, ReasonCode) else granted
            if isinstance(code, int) and code >= _ACCESS_DENIED:
                why = f"it does not let us read {subscription[0]}"
                raise BrokerRefused(self.broker.url, why, self._check_who_we_are())

    def _received(self, client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        if self._paho is client:
            self._deliver(client, message)
        else:
            # What waited at the broker comes before our subscriptions stand, when there is no publishing about it yet.
            # It is not acked, so that ReceiveMaximum bounds how much that is.
            self._early.append(message)

    def _deliver(self, client: paho.Client, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "(not UTF-8)"
        try:
            self.options.on_message(
                Received(topic, bytes(message.payload), retain=message.retain, schema=_schema_of(message.properties))
            )
        except Exception as error:
            self._defect = error
            raise
        finally:
            client.ack(message.mid, message.qos)

    def _confirmed(self, client: paho.Client, _userdata: object, mid: int, code: ReasonCode, _props: object) -> None:
        if client is not self._paho:
            return
        size, on_ack, on_answer = self._acks.pop(mid, (0, None, None))
        self._unacked_bytes -= size
        if code.is_failure:
            self.rejected_publishes += 1
            if self.rejected_publishes == 1 or self.rejected_publishes % 1000 == 0:
                log.warning("the broker does not take what we publish: %s (%d times)", code, self.rejected_publishes)
        elif on_ack is not None:
            # Not from here: paho holds its locks during the callback.
            asyncio.get_running_loop().call_soon(on_ack)
        if on_answer is not None:
            asyncio.get_running_loop().call_soon(on_answer, code.value)


class _Client(aiomqtt.Client):
    """aiomqtt's client with a way out that closes the socket, and a look at it where aiomqtt does not.

    aiomqtt's own way out was rejected: where connecting is given up it leaves the socket open, read and pinged for
    ever, and a broker that hangs makes it swallow a cancellation.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._abandoned = False
        self._awaits_room = False
        self._loop_thread = threading.get_ident()
        self.connack: Connack | None = None

    @property
    def inner(self) -> paho.Client:
        """The client inside: manual ack and a publish that does not wait are found there only."""
        return self._client

    async def lost(self) -> BaseException | None:
        """Wait until the connection is gone, and say why where that is known."""
        # aiomqtt tells it only while one iterates over its messages. Waited for, not awaited: cancelling us must not
        # cancel it.
        await asyncio.wait((self._disconnected,))
        return self._disconnected.exception()

    async def close(self) -> None:
        """Say goodbye where the broker listens, and close the socket in any case."""
        try:
            if _went_well(self._connected):
                self._client.disconnect()
                await asyncio.wait((self._disconnected,), timeout=GOODBYE_S)
                if self._disconnected.done():
                    self._disconnected.exception()  # looked at, or asyncio complains that nobody did
        finally:
            self._abandoned = True
            await asyncio.sleep(0)  # what the connecting thread has left to the loop is done first
            self._client._sock_close()  # noqa: SLF001 - paho itself closes only what it could write to the end

    def _on_socket_open(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        # In the thread that connects. It cannot be cancelled: we may have left long before it is through.
        if self._abandoned:
            sock.close()
            raise ConnectionAbortedError
        super()._on_socket_open(client, userdata, sock)

    def _on_connect(
        self, client: paho.Client, userdata: Any, flags: Any, reason_code: ReasonCode, properties: Any = None
    ) -> None:
        if not self._connected.done():
            self.connack = connack_of(properties)
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_disconnect(self, *args: Any) -> None:
        # aiomqtt does not look before the CONNACK, nor while it awaits a SUBACK: it would wait for its timeout.
        for pending in self._pending_subscribes.values():
            if not pending.done():
                pending.set_exception(aiomqtt.MqttError("it closed the connection while we subscribed"))
        if _went_well(self._connected):
            super()._on_disconnect(*args)
        elif not self._connected.done():
            self._connected.set_exception(aiomqtt.MqttError("it closed the connection before it let us in"))

    def _on_socket_register_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:  # noqa: ARG002
        # aiomqtt asks the loop to say when the socket is writable, which it nearly always is: two calls of the kernel
        # and a round of the loop for each packet. We write as soon as the callback in hand is over.
        if threading.get_ident() == self._loop_thread:
            self._loop.call_soon(self._write)
        else:
            self._loop.call_soon_threadsafe(self._write)

    def _on_socket_unregister_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:  # noqa: ARG002
        if self._awaits_room:
            self._awaits_room = False
            if sock.fileno() >= 0:
                self._loop.remove_writer(sock.fileno())

    def _write(self) -> None:
        try:
            self._client.loop_write()
        except Exception as error:  # noqa: BLE001 - it ends the connection, and is told there
            if not self._disconnected.done():
                self._disconnected.set_exception(error)
        sock = self._client.socket()
        # A socket that is closed is not to be watched: its number may be another's, and writable in an endless round.
        if not self._awaits_room and sock is not None and sock.fileno() >= 0 and self._client.want_write():
            self._awaits_room = True
            self._loop.add_writer(sock.fileno(), self._write)


class _Unchanging(Properties):
    """Properties that are the same for each message of a topic: paho writes them out for each anew (23 us)."""

    def __init__(self, packet_type: int) -> None:
        super().__init__(packet_type)  # type: ignore[no-untyped-call] # paho has no types here
        self.__dict__["_written"] = None  # past paho's own __setattr__, which knows MQTT's names only

    def pack(self) -> bytes:
        """The properties as they stand in a packet."""
        written: bytes | None = self.__dict__["_written"]
        if written is None:
            written = self.__dict__["_written"] = bytes(super().pack())  # type: ignore[no-untyped-call] # as above
        return written


def _went_well(future: asyncio.Future[None]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _schema_of(properties: Properties | None) -> str | None:
    for name, value in getattr(properties, "UserProperty", None) or ():
        if name == "schema":
            return str(value)
    return None
