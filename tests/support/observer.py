"""A plain MQTT 5 client of another make than our session: what any other program on the broker would see and send."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from waiting import PATIENCE_S


@dataclass(frozen=True)
class Seen:
    """One message with all that MQTT 5 says of it; `retain` is as its publisher set it."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    content_type: str | None
    schema: str | None
    expiry_s: int | None


class Observer:
    """Connected and subscribed once entered; keeps everything it receives in `seen`."""

    def __init__(self, port: int, *filters: str) -> None:
        self._port = port
        self._filters = filters
        self._changed = threading.Condition()
        self.seen: list[Seen] = []
        self.on_seen: Callable[[Seen], None] = lambda _: None
        """Called with each message in the client's own thread; `send` may be used there."""
        self._subscribed = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.on_socket_open = _without_delay
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        assert self._subscribed.wait(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, user: Mapping[str, str] | None = None
    ) -> None:
        """Publish at QoS 1, confirmed by the broker when this returns."""
        self._client.publish(topic, payload, 1, retain, _with_user(user)).wait_for_publish(PATIENCE_S)

    def send(self, topic: str, payload: bytes, user: Mapping[str, str] | None = None) -> None:
        """Publish at QoS 1 without waiting."""
        self._client.publish(topic, payload, 1, properties=_with_user(user))

    def wait(self, good: Callable[[Seen], bool], timeout_s: float = PATIENCE_S) -> Seen:
        """The first message that is `good`, of those that came and those to come."""

        def found() -> Seen | None:
            return next((seen for seen in self.seen if good(seen)), None)

        with self._changed:
            assert self._changed.wait_for(lambda: found() is not None, timeout_s), self.seen
            message = found()
        assert message is not None
        return message

    def wait_json(self, topic: str, good: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The first JSON object on one topic that is `good`; what is none is looked at as an empty one."""
        found = self.wait(lambda seen: seen.topic == topic and bool(good(_fields(seen.payload))))
        return _fields(found.payload)

    def payloads(self, topic: str) -> list[bytes]:
        """What came on one topic, in order."""
        with self._changed:
            return [seen.payload for seen in self.seen if seen.topic == topic]

    def forget(self) -> None:
        """Look only at what comes from now on."""
        with self._changed:
            self.seen.clear()

    def _on_connect(self, client: mqtt.Client, *_: Any) -> None:
        wanted = [(f, SubscribeOptions(qos=1, retainAsPublished=True)) for f in (*self._filters, "observer/nothing")]
        client.subscribe(wanted)

    def _on_message(self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage) -> None:
        properties = message.properties
        user = dict(getattr(properties, "UserProperty", ()))
        seen = Seen(
            topic=message.topic,
            payload=bytes(message.payload),
            qos=message.qos,
            retain=message.retain,
            content_type=getattr(properties, "ContentType", None),
            schema=user.get("schema"),
            expiry_s=getattr(properties, "MessageExpiryInterval", None),
        )
        with self._changed:
            self.seen.append(seen)
            self._changed.notify_all()
        self.on_seen(seen)


def _fields(payload: bytes) -> dict[str, Any]:
    with contextlib.suppress(ValueError, RecursionError):
        if isinstance(fields := json.loads(payload), dict):
            return fields
    return {}


def _with_user(pairs: Mapping[str, str] | None) -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call] # paho has no types here
    for pair in (pairs or {}).items():
        properties.UserProperty = pair
    return properties


def _without_delay(_client: mqtt.Client, _userdata: object, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
