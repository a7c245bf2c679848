"""The connection to the broker: the only importer of aiomqtt and paho.

A session connects, subscribes, hands each message to its receiver, and connects again for as long as it runs; every
connection is a new client, since one that is used again replays stale messages. It acks by hand: a message is acked on
the connection that delivered it, after the receiver returned, so that nothing is confirmed that nobody has looked at.
Publishing never waits: paho keeps the message until its PUBACK, and what a lost connection takes with it is the
business of journal, outbox and deadlines.
"""

import asyncio
import logging
import random
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import aiomqtt
import paho.mqtt.client as paho
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from okko.broker_settings import BrokerSettings
from okko.contracts import SCHEMA
from okko.errors import BrokerRefused, BrokerUnavailable
from okko.topics import Address

log = logging.getLogger(__name__)

RECEIVE_MAXIMUM = 64
"""How many messages the broker may leave unacked with us. We ack in the callback, so this is never waited for."""

MAX_UNACKED = 4096
MAX_UNACKED_BYTES = 96 * 1024 * 1024
"""What may wait for the broker's PUBACK before `publish` refuses: the bound of a client whose broker hangs."""

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
    """How one client presents itself. `expiry_s` above 0 makes the session outlive its connection."""

    client_id: str
    subscriptions: Sequence[Subscription]
    will: Will | None = None
    expiry_s: int = 0
    deadline_ms: int = 1000
    on_message: Callable[[Received], None] = field(default=lambda _: None)
    on_connect: Callable[[], None] = field(default=lambda: None)
    on_disconnect: Callable[[str], None] = field(default=lambda _: None)
    before_connect: Callable[[], Awaitable[None]] | None = None


def fatal_reason(code: int) -> str | None:
    """Why connecting again would be no use, or None where it is worth another try. `code`: of CONNACK, MQTT 5."""
    return _FATAL_CODES.get(code)


def backoff_s(attempt: int, rng: random.Random, *, base_s: float = 0.1, cap_s: float = 5.0) -> float:
    """How long to wait before attempt number `attempt` (from 0): full jitter, doubling up to a cap.

    Source: M. Brooker, "Exponential Backoff And Jitter", 2015.
    """
    return rng.uniform(0, min(cap_s, base_s * 2 ** min(attempt, 16)))


class Session:
    """One agent's standing with the broker; `run` keeps it up."""

    def __init__(self, broker: BrokerSettings, options: SessionOptions) -> None:
        self.broker = broker
        self.options = options
        self.connected = False
        self.connections = 0
        self.refused_publishes = 0
        self._client: aiomqtt.Client | None = None
        self._paho: paho.Client | None = None
        self._lost: asyncio.Future[str] | None = None
        self._acks: dict[int, tuple[int, Callable[[], None] | None]] = {}
        self._unacked_bytes = 0
        self._properties: dict[str, Properties] = {}
        self._rng = random.Random()  # noqa: S311 - spreads reconnects, guards nothing

    async def run(self) -> None:
        """Keep the connection until cancelled.

        Raises:
            BrokerRefused: if the broker says no in a way that will not change.
        """
        attempt = 0
        while True:
            try:
                if self.options.before_connect is not None:
                    await self.options.before_connect()
                await self._connect_and_serve()
                attempt = 0
            except BrokerUnavailable as error:
                if self.connections and attempt == 0:
                    log.warning("%s; trying again", error)
                elif attempt in (0, 5) or attempt % 50 == 0:
                    log.warning("%s; waiting for it", error)
            delay = backoff_s(attempt, self._rng)
            attempt += 1
            await asyncio.sleep(delay)

    def publish(self, address: Address, payload: bytes, on_ack: Callable[[], None] | None = None) -> bool:
        """Send `payload` without waiting; `on_ack` is called once the broker has confirmed it on this connection.

        Gives False, and counts it, where there is no connection or too much waits for the broker already.
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
            self._acks[info.mid] = (len(payload), on_ack)
            self._unacked_bytes += len(payload)
        return True

    @property
    def unacked(self) -> int:
        """How many published messages the broker has not confirmed yet."""
        return len(self._acks)

    async def flushed(self, timeout_s: float) -> None:
        """Wait until the broker has confirmed everything, or the time is up."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while self._acks and self.connected and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - at shutdown only
            await asyncio.sleep(0.01)

    def _publish_properties(self, address: Address) -> Properties:
        spec = address.spec
        if (properties := self._properties.get(spec.key)) is None:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call] # paho has no types here
            properties.ContentType = spec.content_type
            if spec.payload is not None:
                properties.UserProperty = ("schema", SCHEMA)
            if (expiry_s := self._expiry_s(address)) is not None:
                properties.MessageExpiryInterval = expiry_s
            self._properties[spec.key] = properties
        return properties

    def _expiry_s(self, address: Address) -> int | None:
        spec = address.spec
        if spec.expiry_after_deadline_s is not None:
            return max(1, -(-self.options.deadline_ms // 1000)) + spec.expiry_after_deadline_s
        return spec.expiry_s

    async def _connect_and_serve(self) -> None:
        self._lost = asyncio.get_running_loop().create_future()
        client = self._new_client()
        try:
            async with client:
                self._client, self._paho = client, client._client  # noqa: SLF001 - aiomqtt has no manual ack of its own
                self._acks.clear()
                self._unacked_bytes = 0
                await self._subscribe(client)
                self.connected = True
                self.connections += 1
                self.options.on_connect()
                # aiomqtt tells of a lost connection only while one iterates over its messages. Waited for, not awaited:
                # a cancelled future would keep aiomqtt from saying goodbye, and the will would be sent.
                await asyncio.wait((client._disconnected,))  # noqa: SLF001 - as above
                client._disconnected.result()  # noqa: SLF001 - as above
                raise BrokerUnavailable(self.broker.url, "it closed the connection")
        except MqttConnectError as error:
            code = error.rc.value if isinstance(error.rc, ReasonCode) else int(error.rc or 0)
            if (why := fatal_reason(code)) is not None:
                raise BrokerRefused(self.broker.url, why) from error
            raise BrokerUnavailable(self.broker.url, str(error)) from error
        except ssl.SSLCertVerificationError as error:
            raise BrokerRefused(self.broker.url, f"its certificate is not valid: {error.verify_message}") from error
        except (aiomqtt.MqttError, OSError, ssl.SSLError) as error:
            raise BrokerUnavailable(self.broker.url, str(error)) from error
        finally:
            was_connected, self.connected = self.connected, False
            self._client = self._paho = None
            if was_connected:
                self.options.on_disconnect("the connection to the broker was lost")

    def _new_client(self) -> aiomqtt.Client:
        broker, options = self.broker, self.options
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # as above
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        properties.SessionExpiryInterval = options.expiry_s
        client = aiomqtt.Client(
            broker.host,
            broker.port,
            username=broker.username,
            password=broker.secret(),
            identifier=options.client_id,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=options.expiry_s == 0,
            properties=properties,
            keepalive=broker.keepalive_s,
            timeout=broker.timeout_s,
            tls_context=broker.tls_context(),
            will=self._aiomqtt_will(),
            max_inflight_messages=RECEIVE_MAXIMUM,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )
        inner = client._client  # noqa: SLF001 - manual ack and our own callbacks are set on paho itself
        inner.manual_ack_set(True)  # noqa: FBT003 - paho's signature
        inner.on_message = self._received
        inner.on_publish = self._confirmed
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
        for subscription, granted in zip(wanted, await client.subscribe(wanted), strict=True):
            code = granted.value if isinstance(granted, ReasonCode) else granted
            if isinstance(code, int) and code >= _ACCESS_DENIED:
                raise BrokerRefused(self.broker.url, f"it does not let us read {subscription[0]}")

    def _received(self, client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "(not UTF-8)"
        try:
            self.options.on_message(
                Received(topic, bytes(message.payload), retain=message.retain, schema=_schema_of(message.properties))
            )
        finally:
            client.ack(message.mid, message.qos)

    def _confirmed(self, client: paho.Client, _userdata: object, mid: int, code: ReasonCode, _props: object) -> None:
        if client is not self._paho:
            return
        size, on_ack = self._acks.pop(mid, (0, None))
        self._unacked_bytes -= size
        if on_ack is not None and not code.is_failure:
            # Not from here: paho holds its locks during the callback.
            asyncio.get_running_loop().call_soon(on_ack)


def _schema_of(properties: Properties | None) -> str | None:
    for name, value in getattr(properties, "UserProperty", None) or ():
        if name == "schema":
            return str(value)
    return None
