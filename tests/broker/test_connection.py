"""What a broker may do to a connection: by a scripted one where Mosquitto would not, else by Mosquitto."""

import random

import pytest

from a_session import EVENT, TOPICS, RunSession, options, settings
from observer import Observer
from okko.errors import BrokerRefused
from okko.mqtt import properties as p
from okko.session import RECEIVE_MAXIMUM, Received, Session
from running_broker import RunningBroker
from scripted_broker import CONNACK_OK, CONNECT, DISCONNECT, PUBACK, PUBLISH, SUBSCRIBE, Peer, Script, scripted_broker
from waiting import until

PINGREQ = 12


def connack(*properties: tuple[int, p.Value], code: int = 0, flags: int = 0) -> bytes:
    """The broker's answer to CONNECT."""
    body = bytes((flags, code)) + p.encode(*properties)
    return bytes((0x20, len(body))) + body


def lets_in(*properties: tuple[int, p.Value]) -> Script:
    """A broker that says of itself what is given, and then only reads."""

    async def script(peer: Peer) -> None:
        await peer.read_until(CONNECT)
        peer.writer.write(connack(*properties))
        while True:
            await peer.read()

    return script


def published(peer: Peer) -> list[bytes]:
    """The payloads that a broker has got, of one byte."""
    return [body[-1:] for kind, body in peer.packets if kind == PUBLISH]


async def test_no_more_is_sent_than_the_broker_takes_unconfirmed(run_session: RunSession) -> None:
    """With a ReceiveMaximum of 2 the third message goes when one is confirmed, and none is overtaken."""
    had: list[list[bytes]] = []

    async def takes_two(peer: Peer) -> None:
        await peer.read_until(CONNECT)
        peer.writer.write(connack((p.RECEIVE_MAXIMUM, 2)))
        waiting = [await peer.read_until(PUBLISH)]
        while len(had) < 4:
            waiting.append(await peer.read_until(PUBLISH))
            peer.deliver("t", b"", mid=1)
            await peer.read_until(PUBACK)  # whatever was sent until then has come
            had.append(published(peer))
            peer.confirm(waiting.pop(0))
        await peer.read_until(PUBLISH)
        peer.confirm(waiting.pop(0))
        await peer.read()

    confirmed: list[str] = []
    async with scripted_broker(takes_two) as broker, run_session(broker, options()) as session:
        await until(lambda: session.connected)
        for name in "abcdef":
            assert session.publish(EVENT, name.encode(), lambda name=name: confirmed.append(name))  # type: ignore[misc] # bound
        assert (session.unacked, session.unacked_bytes) == (6, 6)
        await until(lambda: len(confirmed) == 5)
        assert (session.unacked, session.unacked_bytes) == (1, 1)
    assert [b"".join(payloads) for payloads in had] == [b"ab", b"abc", b"abcd", b"abcde"]
    assert confirmed == ["a", "b", "c", "d", "e"]


async def test_what_is_too_large_for_the_broker_is_not_sent(
    run_session: RunSession, caplog: pytest.LogCaptureFixture
) -> None:
    """It would end the connection: refused, counted, said once with both sizes; what just fits goes."""
    peers: list[Peer] = []

    async def takes_little(peer: Peer) -> None:
        peers.append(peer)
        await lets_in((p.MAXIMUM_PACKET_SIZE, 200))(peer)

    async with scripted_broker(takes_little) as broker, run_session(broker, options()) as session:
        await until(lambda: session.connected)
        assert session.publish(EVENT, b"")
        await until(lambda: published(peers[0]))
        head_bytes = 3 + len(peers[0].packets[-1][1])  # with a length of two bytes
        assert not session.publish(EVENT, bytes(200 - head_bytes + 1))
        assert not session.publish(EVENT, bytes(10_000))
        assert session.publish(EVENT, bytes(200 - head_bytes))
        await until(lambda: len(published(peers[0])) == 2)
        assert (session.refused_publishes, session.unacked, session.connections) == (2, 2, 1)
    said = [record.getMessage() for record in caplog.records if "is not published" in record.getMessage()]
    assert said == [f"{EVENT.topic} is not published: a packet of 201 bytes; the broker takes 200"]


async def test_a_broker_sets_the_keepalive_and_is_given_up_when_it_is_silent(
    run_session: RunSession, caplog: pytest.LogCaptureFixture
) -> None:
    """Its keep-alive goes before ours; it is pinged, and after two of them without a word there is a new attempt."""
    peers: list[Peer] = []

    async def is_silent(peer: Peer) -> None:
        peers.append(peer)
        await lets_in((p.SERVER_KEEPALIVE, 1))(peer)

    async with scripted_broker(is_silent) as broker, run_session(broker, options()):
        await until(lambda: len(peers) == 2)
    assert PINGREQ in [kind for kind, _ in peers[0].packets]
    assert DISCONNECT not in [kind for kind, _ in peers[0].packets]
    assert "nothing came from the broker for 2 s" in caplog.text


async def test_a_stream_may_be_cut_anywhere(run_session: RunSession) -> None:
    """CONNACK, SUBACK and messages byte by byte: all are read, in order, and each is acked."""
    came: list[Received] = []
    acked: list[bytes] = []

    async def dribbles(peer: Peer) -> None:
        await peer.read_until(CONNECT)
        messages = b"".join(bytes((0x32, 7, 0, 1)) + b"t" + bytes((0, mid, 0)) + b"x" for mid in (1, 2, 3))
        for stream in (CONNACK_OK, b"\x90\4\0\1\0\1", messages):
            if stream is not CONNACK_OK and stream is not messages:
                await peer.read_until(SUBSCRIBE)
            for byte in stream:
                peer.writer.write(bytes((byte,)))
                await peer.writer.drain()
        while True:
            acked.append(await peer.read_until(PUBACK))

    async with scripted_broker(dribbles) as broker, run_session(broker, options("me", "t", on_message=came.append)):
        await until(lambda: len(acked) == 3)
    assert acked == [b"\0\1", b"\0\2", b"\0\3"]
    assert came == [Received("t", b"x", retain=False, schema=None)] * 3


async def test_nonsense_is_answered_with_its_code(run_session: RunSession, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be read ends the connection, and the broker is told why; what came after it is not looked at."""
    said: list[bytes] = []
    came: list[Received] = []

    async def talks_nonsense(peer: Peer) -> None:
        await peer.let_in()
        peer.writer.write(bytes((0x32, 5, 0, 99, 1, 2, 3)) + b"\x30\4\0\1t\0")
        said.append(await peer.read_until(DISCONNECT))

    async with (
        scripted_broker(talks_nonsense) as broker,
        run_session(broker, options("me", "t", on_message=came.append)),
    ):
        await until(lambda: said)
    assert said[0] == b"\x81"
    assert came == []
    assert "a message is cut off" in caplog.text


@pytest.mark.parametrize(
    ("packet", "what"),
    [
        (b"\xe0\1\x8e", "the broker ended it: Session taken over (0x8E)"),
        (b"\xe0\x0a\x8b\x08\x1f\0\5later", "the broker ended it: Server shutting down (0x8B): later"),
        (b"\x20\3\0\0\0", "a packet of type 2 may not come here"),
        (b"\x50\2\0\1", "a packet of type 5 may not come here"),
        (b"\x00\0", "a packet of type 0 may not come here"),
        (b"\x34\6\0\1t\0\1\0", "a QoS that nobody asked for"),
        (b"\x30\xff\xff\xff\xff\1", "longer than four bytes"),
    ],
)
async def test_why_a_connection_ended_is_said(
    run_session: RunSession, caplog: pytest.LogCaptureFixture, packet: bytes, what: str
) -> None:
    """The broker's own reason, or what it may not send; and we connect again."""
    peers: list[Peer] = []

    async def sends_it(peer: Peer) -> None:
        peers.append(peer)
        await peer.let_in()
        if len(peers) == 1:
            peer.writer.write(packet)
        await peer.read()

    async with scripted_broker(sends_it) as broker, run_session(broker, options("me", "t")) as session:
        await until(lambda: len(peers) == 2 and session.connected)
    assert what in caplog.text


async def test_a_broker_may_not_send_more_than_we_take_unacked(
    run_session: RunSession, caplog: pytest.LogCaptureFixture
) -> None:
    """Before our subscriptions stand nothing is acked: what it sends then is bounded by our ReceiveMaximum."""
    peers: list[Peer] = []

    async def floods(peer: Peer) -> None:
        peers.append(peer)
        await peer.read_until(CONNECT)
        peer.writer.write(CONNACK_OK)
        if len(peers) == 1:
            for mid in range(1, RECEIVE_MAXIMUM + 2):
                peer.deliver("t", b"x", mid)
        await peer.read_until(SUBSCRIBE)
        peer.writer.write(b"\x90\4\0\1\0\1")
        await peer.read()

    async with scripted_broker(floods) as broker, run_session(broker, options("me", "t")) as session:
        await until(lambda: session.connected)
        assert len(peers) == 2
    assert "more than it may before an ack" in caplog.text


async def test_a_session_that_should_be_forgotten_and_was_not_is_none(
    run_session: RunSession, caplog: pytest.LogCaptureFixture
) -> None:
    """A broker that kept it would deliver old captures; one that is asked to keep it may say that it did."""

    async def remembers(peer: Peer) -> None:
        await peer.read_until(CONNECT)
        peer.writer.write(connack(flags=1))
        await peer.read()

    async with scripted_broker(remembers) as broker:
        async with run_session(broker, options()):
            await until(lambda: "kept a session" in caplog.text)
        async with run_session(broker, options("me", expiry_s=60)) as session:
            await until(lambda: session.connected)


@pytest.mark.parametrize("packet", [b"\x30\4\0\1t\0", b"\x90\4\0\1\0\1", b"\xd0\0", b"\xe0\0"])
async def test_nothing_comes_before_the_answer_to_connect(
    run_session: RunSession, caplog: pytest.LogCaptureFixture, packet: bytes
) -> None:
    """A message, or the answer to another question: that is no broker."""
    came: list[Received] = []

    async def is_hasty(peer: Peer) -> None:
        await peer.read_until(CONNECT)
        peer.writer.write(packet + CONNACK_OK)
        await peer.read()

    async with scripted_broker(is_hasty) as broker, run_session(broker, options(on_message=came.append)) as session:
        await until(lambda: "before it has let us in" in caplog.text)
        assert (session.connections, came) == (0, [])


@pytest.mark.parametrize("answer", [b"\x90\4\0\2\0\1", b"\x90\5\0\1\0\1\1", b"\x90\3\0\1\0"])
async def test_an_answer_to_other_subscriptions_is_none(
    run_session: RunSession, caplog: pytest.LogCaptureFixture, answer: bytes
) -> None:
    """Of another number, or for more or fewer topics than were asked for."""

    async def answers_others(peer: Peer) -> None:
        await peer.read_until(CONNECT)
        peer.writer.write(CONNACK_OK)
        await peer.read_until(SUBSCRIBE)
        peer.writer.write(answer)
        await peer.read()

    async with scripted_broker(answers_others) as broker, run_session(broker, options("me", "t")) as session:
        await until(lambda: "other subscriptions than ours" in caplog.text)
        assert session.connections == 0


async def test_a_broker_of_mqtt_3_is_refused() -> None:
    """It says with a code of its own that it does not know our version."""

    async def knows_3_1_1(peer: Peer) -> None:
        await peer.read_until(CONNECT)
        peer.writer.write(b"\x20\2\0\1")
        await peer.read()

    async with scripted_broker(knows_3_1_1) as broker:
        with pytest.raises(BrokerRefused, match="it does not speak MQTT 5"):
            await Session(broker, options()).run()


async def test_what_the_broker_says_of_itself_is_kept(run_session: RunSession) -> None:
    """Limits and a name that it gave us."""
    said = lets_in((p.MAXIMUM_PACKET_SIZE, 999), (p.ASSIGNED_CLIENT_ID, "yours"), (p.SESSION_EXPIRY, 5))
    async with scripted_broker(said) as broker, run_session(broker, options("")) as session:
        await until(lambda: session.connected)
        assert session.connack is not None
        assert session.connack.max_packet_bytes == 999
        assert (session.connack.assigned_client_id, session.connack.session_expiry_s) == ("yours", 5)


async def test_messages_of_each_size_arrive_as_they_were(run_session: RunSession, broker: RunningBroker) -> None:
    """To the byte, in both directions, at the bounds of how a length is written and how we read and write."""
    rng = random.Random(3)
    sizes = [0, 1, 100, 127, 128, 16_383, 16_384, 65_535, 65_536, 128 * 1024, 128 * 1024 + 1, 300_000, 5_000_000]
    payloads = [rng.randbytes(size) for size in sizes]
    came: list[bytes] = []
    wanted = options("me", "in", on_message=lambda received: came.append(received.payload))
    with Observer(broker.port, EVENT.topic) as observer:
        async with run_session(settings(broker.port), wanted) as session:
            await until(lambda: session.connected)
            for payload in payloads:
                observer.send("in", payload)
                assert session.publish(EVENT, payload)
            await until(lambda: len(came) == len(sizes) and not session.unacked and len(observer.seen) == len(sizes))
        assert observer.payloads(EVENT.topic) == payloads
    assert came == payloads


async def test_a_message_at_qos_0_needs_no_confirmation(run_session: RunSession, broker: RunningBroker) -> None:
    """It goes, and nobody waits for it."""
    stats = TOPICS.build("stats", agent="me")
    with Observer(broker.port, stats.topic) as observer:
        async with run_session(settings(broker.port), options()) as session:
            await until(lambda: session.connected)
            assert session.publish(stats, b"{}")
            assert session.unacked == 0
            await until(lambda: observer.seen)
    assert (observer.seen[0].payload, observer.seen[0].qos) == (b"{}", 0)


async def test_what_comes_at_qos_0_is_not_acked(run_session: RunSession) -> None:
    """It has no number to be acked by."""
    peers: list[Peer] = []
    came: list[Received] = []

    async def delivers(peer: Peer) -> None:
        peers.append(peer)
        await peer.let_in()
        peer.writer.write(b"\x31\5\0\1t\0x")
        peer.deliver("t", b"y", mid=9)
        await peer.read_until(PUBACK)

    async with scripted_broker(delivers) as broker, run_session(broker, options("me", "t", on_message=came.append)):
        await until(lambda: peers and PUBACK in [kind for kind, _ in peers[0].packets])
    assert next(body for kind, body in peers[0].packets if kind == PUBACK) == b"\0\x09"
    assert (came[0].payload, came[0].retain) == (b"x", True)
