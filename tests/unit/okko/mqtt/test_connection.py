"""What is written, and when: a connection on a transport that notes it. Real brokers are in tests/broker."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from okko.mqtt import packets
from okko.mqtt.connection import FLUSHED_PACKETS, JOINED_BYTES, Connection
from okko.mqtt.errors import Malformed, TooLarge
from okko.mqtt.packets import Connect, Publish

ME = Connect("me", keepalive_s=60, clean_start=True, session_expiry_s=0, receive_maximum=64)
LARGE = bytes(JOINED_BYTES)


class Notebook:
    """A transport that writes nothing, and asks for a pause once it has got more than `takes` bytes."""

    def __init__(self, connection: Connection[str], takes: int) -> None:
        self.written: list[bytes] = []
        self.said: list[str] = []
        self._connection = connection
        self._takes = takes

    def write(self, data: bytes) -> None:
        """Note it."""
        self.written.append(bytes(data))
        self._takes -= len(data)
        if self._takes < 0:
            self._connection.pause_writing()

    def can_write_eof(self) -> bool:
        """As of a socket without TLS."""
        return True

    def write_eof(self) -> None:
        """The other side reads to the end, and closes."""
        self.said.append("end")
        self._connection.connection_lost(None)

    def abort(self) -> None:
        """Close at once."""
        self.said.append("abort")

    def get_extra_info(self, _name: str) -> Any:
        """The socket, of which nothing is wanted here."""
        return self

    def setsockopt(self, *_: object) -> None:
        """As a socket does."""


Receiver = Callable[[Connection[str], Publish], None]


def open_connection(
    receiver: Receiver = lambda connection, message: connection.ack(message), *, takes: int = 1 << 40
) -> tuple[Connection[str], Notebook]:
    """A connection that the broker has let in, and what it writes from then on."""
    connection = Connection[str](ME, receiver, lambda *_: None)
    notebook = Notebook(connection, takes)
    connection.connection_made(cast("asyncio.BaseTransport", notebook))
    letting_in = connection.let_in()
    letting_in.send(None)
    read(connection, b"\x20\3\0\0\0")
    letting_in.close()
    notebook.written.clear()
    return connection, notebook


def read(connection: Connection[str], data: bytes) -> None:
    """What comes in one go."""
    connection.get_buffer(-1)[: len(data)] = data
    connection.buffer_updated(len(data))


def message(number: int, payload: bytes = b"x") -> bytes:
    """A message as the broker sends it."""
    return packets.publish_head("t", len(payload), packet_id=number, retain=False, properties=b"\0") + payload


def publish(connection: Connection[str], payload: bytes) -> None:
    """Publish at QoS 1."""
    connection.publish("t", payload, retain=False, properties=b"\0", context="")


async def test_all_that_one_read_led_to_is_written_at_once() -> None:
    """Acks, and what the receiver published, in their order."""

    def answer(connection: Connection[str], came: Publish) -> None:
        publish(connection, b"about " + came.payload)
        connection.ack(came)

    connection, notebook = open_connection(answer)
    read(connection, message(7, b"a") + message(8, b"b"))
    assert notebook.written == [
        message(1, b"about a") + packets.puback(7) + message(2, b"about b") + packets.puback(8),
    ]


async def test_the_first_of_many_does_not_wait_for_the_last() -> None:
    """After some packets of one read there is a write."""
    connection, notebook = open_connection()
    count = FLUSHED_PACKETS + 1
    read(connection, b"".join(message(number) for number in range(1, count + 1)))
    acks = [packets.puback(number) for number in range(1, count + 1)]
    assert notebook.written == [b"".join(acks[:-1]), acks[-1]]


async def test_what_is_published_in_one_turn_is_written_at_once() -> None:
    """After the callback in hand, not for each message."""
    connection, notebook = open_connection()
    for payload in (b"a", b"b", b"c"):
        publish(connection, payload)
    assert notebook.written == []
    await asyncio.sleep(0)
    assert notebook.written == [message(1, b"a") + message(2, b"b") + message(3, b"c")]


async def test_what_somebody_waits_for_is_written_before_the_rest_is_done() -> None:
    """A receiver that still has work to do need not keep others waiting for what it has said."""
    seen: list[list[bytes]] = []

    def answer(connection: Connection[str], came: Publish) -> None:
        publish(connection, b"verdict")
        connection.flush()
        seen.append(list(notebook.written))
        publish(connection, b"story")
        connection.ack(came)

    connection, notebook = open_connection(answer)
    read(connection, message(7))
    assert seen == [[message(1, b"verdict")]]
    assert notebook.written == [message(1, b"verdict"), message(2, b"story") + packets.puback(7)]


async def test_a_large_payload_is_not_copied_behind_its_head() -> None:
    """It goes by itself, and in its place."""
    connection, notebook = open_connection()
    for payload in (b"a", LARGE, b"b"):
        publish(connection, payload)
    await asyncio.sleep(0)
    head = message(2, LARGE)[: -len(LARGE)]
    assert notebook.written == [message(1, b"a") + head, LARGE, message(3, b"b")]


async def test_what_the_socket_does_not_take_stays_with_us() -> None:
    """While it is full nothing more is given to the transport; then it goes on where it was."""
    connection, notebook = open_connection(takes=len(LARGE) + 100)
    for _ in range(4):
        publish(connection, LARGE)
    await asyncio.sleep(0)
    assert notebook.written.count(LARGE) == 2
    assert not connection.publish_unconfirmed("t", b"x", retain=False, properties=b"\0")
    read(connection, message(9))
    assert notebook.written.count(LARGE) == 2
    for written in (2, 3, 3, 4, 4):
        connection.resume_writing()
        assert notebook.written.count(LARGE) == written
    assert b"".join(notebook.written) == b"".join(message(n, LARGE) for n in (1, 2, 3, 4)) + packets.puback(9)


async def test_after_an_error_nothing_is_handed_on() -> None:
    """Neither what came in the same read, nor what comes until the socket is closed, whatever and how much it is."""
    came: list[bytes] = []

    def fails(_connection: Connection[str], message_: Publish) -> None:
        came.append(message_.payload)
        raise ValueError("a defect")

    connection, _ = open_connection(fails)
    read(connection, message(1, b"a") + message(2, b"b"))
    for _ in range(3):
        buffer = connection.get_buffer(-1)
        assert len(buffer)
        buffer[:] = b"\xff" * len(buffer)
        connection.buffer_updated(len(buffer))
    assert came == [b"a"]
    assert isinstance(connection.cause, ValueError)


async def test_what_comes_after_the_goodbye_is_read_away() -> None:
    """It was never acked: a session that is kept gets it again."""
    came: list[Publish] = []
    connection, notebook = open_connection(lambda _, message_: came.append(message_))
    connection.end(None)
    read(connection, message(1))
    assert (came, notebook.written) == ([], [])


async def test_a_goodbye_is_the_last_word_and_leaves_the_closing_to_the_broker() -> None:
    """All that was to be written, DISCONNECT, and the end of our words; our system would reset what it had not read."""
    connection, notebook = open_connection()
    publish(connection, b"a")
    await connection.close()
    assert notebook.written == [message(1, b"a") + packets.disconnect()]
    assert notebook.said == ["end", "abort"]


async def test_a_goodbye_waits_until_the_socket_takes_it() -> None:
    """Behind what is still to be written."""
    connection, notebook = open_connection(takes=0)
    publish(connection, LARGE)
    await asyncio.sleep(0)
    closing = asyncio.create_task(connection.close())
    await asyncio.sleep(0)
    for _ in ("the head", "the payload", "the goodbye"):
        assert notebook.said == []
        connection.resume_writing()
    await closing
    assert b"".join(notebook.written) == message(1, LARGE) + packets.disconnect()
    assert notebook.said == ["end", "abort"]


async def test_the_first_cause_stands() -> None:
    """What follows from it does not hide it."""
    connection, _ = open_connection()
    read(connection, b"\x20\3\0\0\0")
    connection.connection_lost(ConnectionResetError(104, "reset"))
    assert isinstance(await connection.lost(), Malformed)


async def test_a_packet_of_more_than_mqtt_can_say_is_refused() -> None:
    """Also where the broker names no limit."""
    connection, notebook = open_connection()
    payload = cast("bytes", range(268_435_456))  # only its length is looked at
    with pytest.raises(TooLarge):
        publish(connection, payload)
    await asyncio.sleep(0)
    assert (notebook.written, len(connection.outgoing)) == ([], 0)
