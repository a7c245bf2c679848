"""The properties of MQTT 5 packets: numbered values before the payload (section 2.2.2 of the standard)."""

import struct
from collections.abc import Iterable, Mapping
from functools import lru_cache

from okko.mqtt.errors import Malformed

MESSAGE_EXPIRY, CONTENT_TYPE = 0x02, 0x03
SESSION_EXPIRY, ASSIGNED_CLIENT_ID, SERVER_KEEPALIVE = 0x11, 0x12, 0x13
WILL_DELAY, REASON_STRING = 0x18, 0x1F
RECEIVE_MAXIMUM, MAXIMUM_QOS, RETAIN_AVAILABLE = 0x21, 0x24, 0x25
USER_PROPERTY, MAXIMUM_PACKET_SIZE = 0x26, 0x27
SUBSCRIPTION_ID = 0x0B

type_of: Mapping[int, str] = {
    **dict.fromkeys((0x01, 0x17, 0x19, MAXIMUM_QOS, RETAIN_AVAILABLE, 0x28, 0x29, 0x2A), "byte"),
    **dict.fromkeys((SERVER_KEEPALIVE, RECEIVE_MAXIMUM, 0x22, 0x23), "2 bytes"),
    **dict.fromkeys((MESSAGE_EXPIRY, SESSION_EXPIRY, WILL_DELAY, MAXIMUM_PACKET_SIZE), "4 bytes"),
    SUBSCRIPTION_ID: "varint",
    **dict.fromkeys((CONTENT_TYPE, 0x08, ASSIGNED_CLIENT_ID, 0x15, 0x1A, 0x1C, REASON_STRING), "text"),
    **dict.fromkeys((0x09, 0x16), "binary"),
    USER_PROPERTY: "pair",
}
"""How the value of each property is written."""

Value = int | str | bytes | tuple[str, str]
Properties = Mapping[int, tuple[Value, ...]]
"""What came, by number; most may come once only, so that the tuple has one value."""

_NUMBERS = {"byte": struct.Struct(">B"), "2 bytes": struct.Struct(">H"), "4 bytes": struct.Struct(">I")}
_MORE = 0x80
_REPEATED = {SUBSCRIPTION_ID, USER_PROPERTY}
_LARGEST_CACHED = 512
MAX_VARINT = 268_435_455


def varint(number: int) -> bytes:
    """A length as MQTT writes it: seven bits a byte, the lowest first."""
    if number < _MORE:
        return bytes((number,))
    written = bytearray()
    while number >= _MORE:
        written.append(number & 0x7F | _MORE)
        number >>= 7
    written.append(number)
    return bytes(written)


def read_varint(data: bytes | memoryview, at: int) -> tuple[int, int]:
    """The number that begins at `at`, and where it ends.

    Raises:
        Malformed: if it is cut off, or longer than four bytes.
    """
    number = shift = 0
    for here in range(at, at + 4):
        if here >= len(data):
            raise Malformed("a length is cut off")
        byte = data[here]
        number |= (byte & 0x7F) << shift
        if byte < _MORE:
            return number, here + 1
        shift += 7
    raise Malformed("a length is longer than four bytes")


def text(value: str) -> bytes:
    """A text with its length before it."""
    return binary(value.encode())


def binary(value: bytes) -> bytes:
    """Bytes with their length before them."""
    return len(value).to_bytes(2) + value


def encode(*properties: tuple[int, Value]) -> bytes:
    """Properties as they stand in a packet, their length before them."""
    written = b"".join(bytes((number,)) + _encode_value(type_of[number], value) for number, value in properties)
    return varint(len(written)) + written


def _encode_value(kind: str, value: Value) -> bytes:
    if isinstance(value, int):
        return varint(value) if kind == "varint" else _NUMBERS[kind].pack(value)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bytes):
        return binary(value)
    return text(value[0]) + text(value[1])


def decode(data: bytes) -> Properties:
    """The properties in `data`, without the length before them. Text that is no UTF-8 is read as far as it goes.

    Raises:
        Malformed: if one is unknown, cut off, or comes twice and may not.
    """
    # The same few come with each message of a topic, and reading them costs as much as all the rest of the packet.
    return _decode_once(data) if len(data) <= _LARGEST_CACHED else _decode(data)


def _decode(data: bytes) -> Properties:
    found: dict[int, tuple[Value, ...]] = {}
    at = 0
    while at < len(data):
        number = data[at]
        kind = type_of.get(number)
        if kind is None:
            raise Malformed(f"property 0x{number:02X} is unknown")
        if number in found and number not in _REPEATED:
            raise Malformed(f"property 0x{number:02X} comes twice")
        value, at = _decode_value(kind, data, at + 1)
        found[number] = (*found.get(number, ()), value)
    return found


_decode_once = lru_cache(maxsize=512)(_decode)


def _decode_value(kind: str, data: bytes, at: int) -> tuple[Value, int]:
    if kind == "varint":
        return read_varint(data, at)
    if (number := _NUMBERS.get(kind)) is not None:
        if at + number.size > len(data):
            raise Malformed("a property is cut off")
        return number.unpack_from(data, at)[0], at + number.size
    first, at = _decode_binary(data, at)
    if kind == "binary":
        return first, at
    if kind == "text":
        return first.decode(errors="replace"), at
    second, at = _decode_binary(data, at)
    return (first.decode(errors="replace"), second.decode(errors="replace")), at


def _decode_binary(data: bytes, at: int) -> tuple[bytes, int]:
    start = at + 2
    end = start + int.from_bytes(data[at:start])
    if start > len(data) or end > len(data):
        raise Malformed("a property is cut off")
    return data[start:end], end


def one(properties: Properties, number: int) -> Value | None:
    """The value of a property that comes once, or None."""
    values = properties.get(number)
    return values[0] if values else None


def pairs(properties: Properties) -> Iterable[tuple[str, str]]:
    """The user properties, in order."""
    return properties.get(USER_PROPERTY, ())  # type: ignore[return-value] # of this number each value is a pair
