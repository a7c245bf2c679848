"""The packets that a client writes and reads: values in, bytes out, and back. MQTT 5, QoS 0 and 1."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from okko.connack import Connack
from okko.mqtt import properties as p
from okko.mqtt.errors import Malformed
from okko.mqtt.reasons import PROTOCOL_ERROR, WRONG_VERSION

CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP, DISCONNECT = 0x2, 0x3, 0x4, 0x9, 0xD, 0xE
"""The types of what a broker sends: the upper half of a packet's first byte."""

PINGREQ = b"\xc0\x00"
NOT_UTF8 = "(not UTF-8)"
"""The topic of a message whose topic cannot be read."""

_PROTOCOL = b"\x00\x04MQTT\x05"
_CLEAN_START, _WILL, _WILL_QOS_SHIFT, _WILL_RETAIN, _PASSWORD, _USERNAME = 0x02, 0x04, 3, 0x20, 0x40, 0x80
_RETAIN, _QOS_1, _QOS_BITS = 0x1, 0x2, 0x6
_NO_LOCAL = 0x04
_OLD_CONNACK_BYTES, _OLD_WRONG_VERSION = 2, 1


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes for a client that is gone; `properties` as `properties.encode` gives them."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    properties: bytes = b"\x00"


@dataclass(frozen=True, slots=True)
class Connect:
    """How a client presents itself.

    It names no largest packet that it takes. Mosquitto 2.0.11 drops what is larger, and with each such message loses
    one of the places of `receive_maximum` for good: when all are lost, the client hears nothing any more.
    """

    client_id: str
    keepalive_s: int
    clean_start: bool
    session_expiry_s: int
    receive_maximum: int
    username: str | None = None
    password: str | None = None
    will: Will | None = None


class Let(NamedTuple):
    """The answer to CONNECT: `code` 0 lets us in; `why` are the broker's own words."""

    code: int
    session_present: bool
    connack: Connack
    why: str


class Publish(NamedTuple):
    """A message; `packet_id` is 0 at QoS 0, which nobody confirms."""

    topic: str
    payload: bytes
    packet_id: int
    retain: bool
    properties: p.Properties


def connect(options: Connect) -> bytes:
    """CONNECT."""
    flags = _CLEAN_START if options.clean_start else 0
    after = p.text(options.client_id)
    if (will := options.will) is not None:
        flags |= _WILL | will.qos << _WILL_QOS_SHIFT | (_WILL_RETAIN if will.retain else 0)
        after += will.properties + p.text(will.topic) + p.binary(will.payload)
    if options.username is not None:
        flags |= _USERNAME
        after += p.text(options.username)
    if options.password is not None:
        flags |= _PASSWORD
        after += p.text(options.password)
    properties = p.encode((p.SESSION_EXPIRY, options.session_expiry_s), (p.RECEIVE_MAXIMUM, options.receive_maximum))
    body = _PROTOCOL + bytes((flags,)) + options.keepalive_s.to_bytes(2) + properties + after
    return b"\x10" + p.varint(len(body)) + body


def subscribe(packet_id: int, filters: Sequence[tuple[str, int, bool]]) -> bytes:
    """SUBSCRIBE to some filters, each with its QoS and whether it spares us our own messages."""
    wanted = (p.text(name) + bytes((qos | (_NO_LOCAL if no_local else 0),)) for name, qos, no_local in filters)
    body = packet_id.to_bytes(2) + b"\x00" + b"".join(wanted)
    return b"\x82" + p.varint(len(body)) + body


def publish_head(topic: str, payload_bytes: int, *, packet_id: int, retain: bool, properties: bytes) -> bytes:
    """PUBLISH up to its payload, which follows as it is; at QoS 1, or with `packet_id` 0 at QoS 0.

    `properties` as `properties.encode` gives them.
    """
    name = topic.encode()
    first = (_RETAIN if retain else 0) | (_QOS_1 if packet_id else 0)
    numbered = packet_id.to_bytes(2) if packet_id else b""
    length = 2 + len(name) + len(numbered) + len(properties) + payload_bytes
    return b"".join((bytes((0x30 | first,)), p.varint(length), len(name).to_bytes(2), name, numbered, properties))


def puback(packet_id: int) -> bytes:
    """PUBACK that says yes."""
    return b"\x40\x02" + packet_id.to_bytes(2)


def disconnect(code: int = 0) -> bytes:
    """DISCONNECT; with code 0 the broker drops the will."""
    return bytes((0xE0, 1, code)) if code else b"\xe0\x00"


def read_connack(body: memoryview) -> Let:
    """The broker's answer to CONNECT, also of one that knows MQTT 3.1.1 only.

    Raises:
        Malformed: if it cannot be read.
    """
    data = bytes(body)
    if len(data) == _OLD_CONNACK_BYTES:
        return Let(WRONG_VERSION if data[1] == _OLD_WRONG_VERSION else data[1], bool(data[0] & 1), Connack(), "")
    found, _ = _properties(data, 2)
    given = {
        "max_packet_bytes": p.one(found, p.MAXIMUM_PACKET_SIZE),
        "receive_maximum": p.one(found, p.RECEIVE_MAXIMUM),
        "max_qos": p.one(found, p.MAXIMUM_QOS),
        "server_keepalive_s": p.one(found, p.SERVER_KEEPALIVE),
        "assigned_client_id": p.one(found, p.ASSIGNED_CLIENT_ID),
        "session_expiry_s": p.one(found, p.SESSION_EXPIRY),
    }
    retain_available = p.one(found, p.RETAIN_AVAILABLE) != 0
    if given["receive_maximum"] == 0 or given["max_packet_bytes"] == 0:
        raise Malformed("the broker says that it takes nothing at all", PROTOCOL_ERROR)
    known = {key: value for key, value in given.items() if value is not None}
    connack = Connack(**known, retain_available=retain_available)  # type: ignore[arg-type] # of the types in the table
    return Let(data[1], bool(data[0] & 1), connack, _why(found))


def read_publish(head: int, body: memoryview) -> Publish:
    """A message; `head` is the packet's first byte. A topic that is no UTF-8 is read as `NOT_UTF8`.

    Raises:
        Malformed: if it cannot be read, or is of QoS 2, for which we never ask.
    """
    size = len(body)
    at = 2 + (body[0] << 8 | body[1]) if size > 1 else size
    packet_id = 0
    topic_end = at
    if qos := head & _QOS_BITS:
        if qos != _QOS_1:
            raise Malformed("a message of a QoS that nobody asked for", PROTOCOL_ERROR)
        at += 2
    if at >= size:
        raise Malformed("a message is cut off")
    if qos:
        packet_id = body[at - 2] << 8 | body[at - 1]
        if not packet_id:
            raise Malformed("a message of QoS 1 has no number", PROTOCOL_ERROR)
    length = body[at]
    at += 1
    if length >= 0x80:  # noqa: PLR2004 - the longer form of a length
        length, at = p.read_varint(body, at - 1)
    start = at + length
    if start > size:
        raise Malformed("the properties of a message are cut off")
    found = p.decode(bytes(body[at:start])) if length else {}
    try:
        topic = str(body[2:topic_end], "utf-8")
    except UnicodeDecodeError:
        topic = NOT_UTF8
    if not topic:
        raise Malformed("a message has no topic", PROTOCOL_ERROR)
    return Publish(topic, bytes(body[start:]), packet_id, bool(head & _RETAIN), found)


def read_puback(body: memoryview) -> tuple[int, int]:
    """The number that is confirmed, and the code: 0x80 and above says no.

    Raises:
        Malformed: if it is cut off.
    """
    size = len(body)
    if size < 2:  # noqa: PLR2004 - the number alone
        raise Malformed("a confirmation is cut off")
    return body[0] << 8 | body[1], body[2] if size > 2 else 0  # noqa: PLR2004 - as above


def read_suback(body: memoryview) -> tuple[int, tuple[int, ...]]:
    """The number of a SUBSCRIBE, and for each of its filters the QoS that is granted, or a code of 0x80 and above.

    Raises:
        Malformed: if it is cut off.
    """
    data = bytes(body)
    _, at = _properties(data, 2)
    return int.from_bytes(data[:2]), tuple(data[at:])


def read_disconnect(body: memoryview) -> tuple[int, str]:
    """Why the broker ends the connection: its code and its own words.

    Raises:
        Malformed: if it is cut off.
    """
    data = bytes(body)
    found, _ = _properties(data, 1) if len(data) > 1 else ({}, 0)
    return data[0] if data else 0, _why(found)


def _properties(data: bytes, at: int) -> tuple[p.Properties, int]:
    if at >= len(data):
        raise Malformed("a packet is cut off")
    length, at = p.read_varint(data, at)
    if at + length > len(data):
        raise Malformed("the properties of a packet are cut off")
    return p.decode(data[at : at + length]), at + length


def _why(found: p.Properties) -> str:
    return str(p.one(found, p.REASON_STRING) or "")
