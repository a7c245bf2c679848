import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okko.connack import Connack
from okko.mqtt import packets
from okko.mqtt import properties as p
from okko.mqtt.errors import Malformed
from okko.mqtt.packets import Connect, Let, Publish, Will
from okko.mqtt.receiving import Receiving

TOPIC = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
PROPERTIES = p.encode((p.MESSAGE_EXPIRY, 3), (p.USER_PROPERTY, ("schema", "1")))


def whole(packet: bytes) -> tuple[int, memoryview]:
    """The one packet in some bytes: its first byte and its body."""
    receiving = Receiving()
    receiving.space()[: len(packet)] = packet
    receiving.filled(len(packet))
    (found,) = receiving.packets()
    return found


@given(TOPIC, st.binary(max_size=300), st.integers(0, 65_535), st.booleans(), st.sampled_from([b"\0", PROPERTIES]))
def test_a_message_that_is_written_is_read(
    topic: str, payload: bytes, packet_id: int, retain: bool, properties: bytes
) -> None:
    """At QoS 1 with its number, at QoS 0 (number 0) without."""
    head = packets.publish_head(topic, len(payload), packet_id=packet_id, retain=retain, properties=properties)
    first, body = whole(head + payload)
    assert first == 0x30 | retain | (2 if packet_id else 0)
    found = packets.read_publish(first, body)
    assert found == Publish(topic, payload, packet_id, retain, p.decode(properties[1:]))
    assert type(found.payload) is bytes


def test_long_properties_are_read_too() -> None:
    """Their length takes two bytes."""
    pairs = [("k", "v" * 50)] * 10
    properties = p.encode(*((p.USER_PROPERTY, pair) for pair in pairs))
    head = packets.publish_head("t", 1, packet_id=1, retain=False, properties=properties)
    found = packets.read_publish(*whole(head + b"x"))
    assert (list(p.pairs(found.properties)), found.payload) == (pairs, b"x")


@pytest.mark.parametrize(
    ("head", "body", "what"),
    [
        (0x32, b"", "cut off"),
        (0x32, b"\0", "cut off"),
        (0x32, b"\0\x63abc", "cut off"),
        (0x32, b"\0\1t", "cut off"),
        (0x32, b"\0\1t\0\1", "cut off"),
        (0x30, b"\0\1t", "cut off"),
        (0x30, b"\0\1t\5", "properties of a message are cut off"),
        (0x30, b"\0\1t\x80", "cut off"),
        (0x32, b"\0\1t\0\0\0", "no number"),
        (0x34, b"\0\1t\0\1\0", "QoS"),
        (0x36, b"\0\1t\0\1\0", "QoS"),
        (0x30, b"\0\0\0", "no topic"),
    ],
)
def test_a_message_that_cannot_be_read_is_malformed(head: int, body: bytes, what: str) -> None:
    """Cut off, without a number or a topic, of a QoS that nobody asked for."""
    with pytest.raises(Malformed, match=what):
        packets.read_publish(head, memoryview(body))


def test_a_topic_that_is_no_utf8_still_gives_its_message() -> None:
    """So that it can be confirmed, and become a dead letter."""
    found = packets.read_publish(0x32, memoryview(b"\0\1\xff\0\7\0x"))
    assert found == Publish(packets.NOT_UTF8, b"x", 7, retain=False, properties={})


READERS: list[Callable[[memoryview], object]] = [
    *(lambda body, head=head: packets.read_publish(head, body) for head in range(0x30, 0x40)),
    packets.read_connack,
    packets.read_puback,
    packets.read_suback,
    packets.read_disconnect,
]


@given(st.binary(max_size=40), st.sampled_from(READERS))
def test_any_bytes_are_a_packet_or_malformed(body: bytes, read: Callable[[memoryview], object]) -> None:
    """Whatever a broker sends, nothing else is raised."""
    with contextlib.suppress(Malformed):
        assert read(memoryview(body)) is not None


def test_connect_as_the_standard_has_it() -> None:
    """Byte for byte: flags, keep-alive, properties, client, will, user, password."""
    will = Will("w", b"gone", 1, retain=True, properties=b"\x03\x03\0\0")
    written = packets.connect(
        Connect(
            "me",
            keepalive_s=2,
            clean_start=True,
            session_expiry_s=9,
            receive_maximum=64,
            username="u",
            password="p",  # noqa: S106 - of nobody
            will=will,
        )
    )
    properties = b"\x11\0\0\0\x09\x21\0\x40"
    body = b"\0\4MQTT\5" + bytes((0b11101110,)) + b"\0\2" + bytes((len(properties),)) + properties
    body += b"\0\2me" + b"\x03\x03\0\0" + b"\0\1w" + b"\0\4gone" + b"\0\1u" + b"\0\1p"
    assert written == b"\x10" + bytes((len(body),)) + body


def test_connect_says_nothing_of_what_is_not_there() -> None:
    """No will, no user, no password; a session that is kept."""
    written = packets.connect(Connect("", keepalive_s=60, clean_start=False, session_expiry_s=0, receive_maximum=1))
    assert written[9] == 0
    assert written.endswith(b"\0\0")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (packets.puback(0x1234), "40021234"),
        (packets.PINGREQ, "c000"),
        (packets.disconnect(), "e000"),
        (packets.disconnect(0x81), "e00181"),
        (packets.subscribe(1, [("a/+", 1, False), ("b", 0, True)]), "820d00010000" + "03612f2b01" + "00016204"),
    ],
)
def test_small_packets_as_the_standard_has_them(written: bytes, expected: str) -> None:
    """Byte for byte."""
    assert written.hex() == expected


def connack(code: int = 0, properties: bytes = b"\0", flags: int = 0) -> Let:
    """What is read of a CONNACK."""
    return packets.read_connack(memoryview(bytes((flags, code)) + properties))


def test_a_connack_without_properties_has_the_defaults_of_mqtt_5() -> None:
    """And what comes is taken, with 0 and False kept."""
    assert connack() == Let(0, session_present=False, connack=Connack(), why="")
    given_ = p.encode(
        (p.MAXIMUM_PACKET_SIZE, 1),
        (p.RECEIVE_MAXIMUM, 2),
        (p.MAXIMUM_QOS, 0),
        (p.RETAIN_AVAILABLE, 0),
        (p.SERVER_KEEPALIVE, 3),
        (p.ASSIGNED_CLIENT_ID, "me"),
        (p.SESSION_EXPIRY, 0),
        (p.REASON_STRING, "as you like"),
    )
    limits = Connack(1, 2, 0, retain_available=False, server_keepalive_s=3, assigned_client_id="me", session_expiry_s=0)
    assert connack(0, given_, flags=1) == Let(0, session_present=True, connack=limits, why="as you like")


@pytest.mark.parametrize("number", [p.RECEIVE_MAXIMUM, p.MAXIMUM_PACKET_SIZE])
def test_a_broker_that_takes_nothing_is_malformed(number: int) -> None:
    """The standard forbids 0, and we would wait for ever."""
    with pytest.raises(Malformed, match="nothing at all"):
        connack(0, p.encode((number, 0)))


def test_a_broker_of_mqtt_3_says_so() -> None:
    """Its CONNACK has no properties; its code 1 is that of a version that it does not speak."""
    assert packets.read_connack(memoryview(b"\0\1")).code == 0x84
    assert packets.read_connack(memoryview(b"\0\0")).code == 0


@pytest.mark.parametrize(
    ("body", "expected"), [(b"\0\7", (7, 0)), (b"\1\0\x10", (256, 0x10)), (b"\0\1\x87\0", (1, 0x87))]
)
def test_a_confirmation_may_leave_out_that_it_says_yes(body: bytes, expected: tuple[int, int]) -> None:
    """Number and code."""
    assert packets.read_puback(memoryview(body)) == expected


def test_a_suback_has_an_answer_for_each_filter() -> None:
    """After its number and properties."""
    body = b"\0\1" + p.encode((p.REASON_STRING, "no")) + b"\1\x87"
    assert packets.read_suback(memoryview(body)) == (1, (1, 0x87))


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"", (0, "")), (b"\x8e", (0x8E, "")), (b"\x8b" + p.encode((p.REASON_STRING, "upgrade")), (0x8B, "upgrade"))],
)
def test_a_broker_may_say_why_it_goes(body: bytes, expected: tuple[int, str]) -> None:
    """A code, and words."""
    assert packets.read_disconnect(memoryview(body)) == expected
