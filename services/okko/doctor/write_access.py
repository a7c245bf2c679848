"""Whether a client without a password may write a topic, found out without anybody receiving anything.

A message of QoS 2 is checked when it comes and handed on only after PUBREL, which we never send: with the connection
the broker forgets it. No client library lets one stop half-way, so the few packets are written here by hand. Only
Mosquitto is asked like this: MQTT allows a broker to hand the message on at once.
"""

import asyncio
import contextlib
import secrets
import ssl
import struct

from okko.broker_settings import BrokerSettings
from okko.doctor.broker import Anonymous

_TIMEOUT_S = 2.0
_CONNACK, _PUBREC = 0x20, 0x50
_LONGEST_ANSWER = 4096

# What would be rejected by every PLC, should it ever be handed on after all.
_PAYLOAD = b"KO 4294967295 06 okko-doctor"


async def anonymous_access(broker: BrokerSettings, topic: str) -> Anonymous:
    """What a client without a password may do with `topic`."""
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            return await _ask(broker, topic)
    except (OSError, EOFError, TimeoutError, ValueError):
        return "unknown"


async def _ask(broker: BrokerSettings, topic: str) -> Anonymous:
    reader, writer = await asyncio.open_connection(broker.host, broker.port, ssl=_tls(broker))
    try:
        writer.write(connect_packet(f"okko-doctor-{secrets.token_hex(6)}"))
        kind, body = await _packet(reader)
        if kind != _CONNACK or body[1] != 0:
            return "refused"
        writer.write(publish_packet(topic, _PAYLOAD))
        kind, body = await _packet(reader)
        if kind != _PUBREC:
            return "unknown"
        # Without a reason code it is Success; 0x10 says that nobody listens, which is allowed too.
        return "writes" if len(body) == 2 or body[2] < 0x80 else "reads"  # noqa: PLR2004 - packet id alone; a refusal
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _tls(broker: BrokerSettings) -> ssl.SSLContext | None:
    """As the station's own, without its certificate: that would be a way of saying who one is."""
    return broker.model_copy(update={"cert": None, "key": None}).tls_context()


def connect_packet(client_id: str) -> bytes:
    """CONNECT of MQTT 5: clean start, no name, no password."""
    body = _text("MQTT") + struct.pack("!BBHB", 5, 0x02, 30, 0) + _text(client_id)
    return b"\x10" + _length(len(body)) + body


def publish_packet(topic: str, payload: bytes) -> bytes:
    """PUBLISH of MQTT 5 at QoS 2, packet id 1, not retained."""
    body = _text(topic) + struct.pack("!HB", 1, 0) + payload
    return b"\x34" + _length(len(body)) + body


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("!H", len(encoded)) + encoded


def _length(length: int) -> bytes:
    """A variable byte integer."""
    parts = bytearray()
    while True:
        length, low = divmod(length, 128)
        parts.append(low | (0x80 if length else 0))
        if not length:
            return bytes(parts)


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    kind = (await reader.readexactly(1))[0]
    length = 0
    for shift in (0, 7, 14, 21):
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << shift
        if not byte & 0x80:
            break
    if length > _LONGEST_ANSWER or length < 2:  # noqa: PLR2004 - CONNACK and PUBREC have two bytes at least
        message = "no answer that we know"
        raise ValueError(message)
    return kind & 0xF0, await reader.readexactly(length)
