import random
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a_session import EVENT, TOPICS, RunSession, options, settings
from observer import Observer
from okko.session import STEADY_S, Received, Will, backoff_s, failures_before, fatal_reason
from okko.topics import TABLE, Address
from running_broker import RunningBroker, sockets_to
from scripted_broker import CONNECT, PUBACK, PUBLISH, Peer, scripted_broker
from waiting import until

NAMES = {"camera": "top", "model": "duck", "agent": "recorder", "verb": "who"}


@pytest.mark.parametrize(("expiry_s", "clean"), [(0, True), (3600, False)])
async def test_connect_speaks_mqtt_5_and_bounds_what_may_be_unacked(
    run_session: RunSession, expiry_s: int, *, clean: bool
) -> None:
    """CONNECT says protocol 5, ReceiveMaximum 64, and a clean start exactly where the session does not outlive it."""
    connects: list[bytes] = []

    async def script(peer: Peer) -> None:
        connects.append(await peer.read_until(CONNECT))

    async with scripted_broker(script) as broker, run_session(broker, options("me", expiry_s=expiry_s)):
        await until(lambda: connects)
    body = connects[0]
    assert body[:7] == b"\0\4MQTT\5"
    assert bool(body[7] & 0b10) == clean
    properties = body[11 : 11 + body[10]]
    assert bytes((0x21, 0, 64)) in properties
    assert (b"\x11" + expiry_s.to_bytes(4)) in properties


async def test_small_messages_do_not_wait_for_more_data(run_session: RunSession, broker: RunningBroker) -> None:
    """Nagle's algorithm is off on the very socket that is connected to the broker."""
    async with run_session(settings(broker.port), options()) as session:
        await until(lambda: session.connected)
        found = sockets_to(broker.port)
        assert [s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for s in found] == [1]
        for one in found:
            one.close()


async def test_each_message_travels_as_the_table_of_topics_says(run_session: RunSession, broker: RunningBroker) -> None:
    """QoS, retain, content type, schema and expiry of every row, read back by another client."""
    with Observer(broker.port, f"{TOPICS.base}/#") as observer:
        async with run_session(settings(broker.port), options(deadline_ms=1500)) as session:
            await until(lambda: session.connected)
            for spec in TABLE:
                path = spec.path.format(**NAMES)
                assert session.publish(Address(f"{TOPICS.base}/{path}", spec), spec.key.encode())
            await until(lambda: len(observer.seen) == len(TABLE))
    seen = {message.payload.decode(): message for message in observer.seen}
    for spec in TABLE:
        message = seen[spec.key]
        assert (message.qos, message.retain) == (spec.qos, spec.retain), spec.key
        assert message.content_type == spec.content_type
        assert message.schema == (None if spec.payload is None else "1")
        after_deadline = spec.expiry_after_deadline_s
        expected = spec.expiry_s if after_deadline is None else 2 + after_deadline  # 1500 ms are 2 whole seconds
        # The broker gives what is left, in whole seconds.
        assert message.expiry_s == expected or (expected and message.expiry_s == expected - 1), spec.key


async def test_a_message_comes_with_its_bytes_its_age_and_its_schema(
    run_session: RunSession, broker: RunningBroker
) -> None:
    """Any bytes arrive as they are, with whether the broker kept them and the sender's schema."""
    came: list[Received] = []
    with Observer(broker.port) as observer:
        observer.publish("t/old", b"kept", retain=True)
        async with run_session(settings(broker.port), options("me", "t/+", on_message=came.append)) as session:
            await until(lambda: session.connected and came)
            observer.publish("t/new", bytes(range(256)), user={"schema": "7"})
            await until(lambda: len(came) == 2)
    assert came == [
        Received("t/old", b"kept", retain=True, schema=None),
        Received("t/new", bytes(range(256)), retain=False, schema="7"),
    ]


async def test_a_client_can_be_spared_its_own_messages(run_session: RunSession, broker: RunningBroker) -> None:
    """With `no_local` what one publishes oneself does not come back; what others publish does."""
    came: list[bytes] = []
    wanted = options("me", EVENT.topic, on_message=lambda received: came.append(received.payload))
    wanted.subscriptions = [type(wanted.subscriptions[0])(EVENT.topic, no_local=True)]
    with Observer(broker.port) as observer:
        async with run_session(settings(broker.port), wanted) as session:
            await until(lambda: session.connected)
            assert session.publish(EVENT, b"own")
            await until(lambda: not session.unacked)
            observer.publish(EVENT.topic, b"other")
            await until(lambda: came)
    assert came == [b"other"]


async def test_the_receiver_is_back_before_the_ack_goes_out(run_session: RunSession) -> None:
    """While the receiver works the message is unacked; its PUBACK follows, on the connection that delivered it."""
    order: list[str] = []

    async def delivers(peer: Peer) -> None:
        await peer.let_in()
        peer.deliver("t", b"x", mid=77)
        assert (await peer.read_until(PUBACK))[:2] == (77).to_bytes(2)
        order.append("ack")

    wanted = options("me", "t", on_message=lambda _: order.append("receiver"))
    async with scripted_broker(delivers) as broker, run_session(broker, wanted):
        await until(lambda: len(order) >= 2)
    assert order[:2] == ["receiver", "ack"]


async def test_an_ack_never_goes_to_another_connection(run_session: RunSession) -> None:
    """A message of a connection that is gone is acked on no other: its number may mean another message there."""
    came: list[Received] = []
    second: list[Peer] = []

    async def delivers_and_dies(peer: Peer) -> None:
        await peer.let_in()
        peer.deliver("t", b"x", mid=77)
        await peer.writer.drain()

    async def listens(peer: Peer) -> None:
        second.append(peer)
        await peer.let_in()
        while True:
            await peer.read()

    wanted = options("me", "t", on_message=came.append)
    async with scripted_broker(delivers_and_dies, listens) as broker, run_session(broker, wanted) as session:
        await until(lambda: session.connections and second and session.connected)
        assert session.publish(EVENT, b"y")
        await until(lambda: PUBLISH in [kind for kind, _ in second[0].packets])
        assert PUBACK not in [kind for kind, _ in second[0].packets]
    assert len(came) == 1


async def test_on_ack_waits_for_the_brokers_word(run_session: RunSession) -> None:
    """The callback comes after PUBACK, not after the bytes are sent; until then the message counts as unacked."""
    confirmed: list[str] = []
    release: list[bool] = []

    async def keeps_its_word_back(peer: Peer) -> None:
        await peer.let_in()
        published = await peer.read_until(PUBLISH)
        second = await peer.read_until(PUBLISH)
        assert confirmed == []
        peer.confirm(second)
        await until(lambda: confirmed)
        peer.confirm(published)
        release.append(True)
        await peer.read()

    async with (
        scripted_broker(keeps_its_word_back) as broker,
        run_session(broker, options("me", "t")) as session,
    ):
        await until(lambda: session.connected)
        assert session.publish(EVENT, b"1", lambda: confirmed.append("first"))
        assert session.publish(EVENT, b"2", lambda: confirmed.append("second"))
        assert session.unacked == 2
        await until(lambda: release and len(confirmed) == 2)
        assert session.unacked == 0
    assert confirmed == ["second", "first"]


async def test_a_publish_that_the_broker_rejects_is_not_confirmed(
    run_session: RunSession, caplog: pytest.LogCaptureFixture
) -> None:
    """PUBACK with a failure: counted and told, not waited for any more, and no `on_ack`."""
    confirmed: list[str] = []

    async def rejects(peer: Peer) -> None:
        await peer.let_in()
        peer.confirm(await peer.read_until(PUBLISH), code=0x87)
        peer.confirm(await peer.read_until(PUBLISH), code=0x10)  # success: nobody has subscribed to it
        await peer.read()

    async with scripted_broker(rejects) as broker, run_session(broker, options("me", "t")) as session:
        await until(lambda: session.connected)
        assert session.publish(EVENT, b"1", lambda: confirmed.append("rejected"))
        assert session.publish(EVENT, b"2", lambda: confirmed.append("taken"))
        await until(lambda: confirmed)
        assert (session.unacked, session.rejected_publishes) == (0, 1)
    assert confirmed == ["taken"]
    assert "Not authorized" in caplog.text


async def test_a_clean_stop_says_goodbye(run_session: RunSession, broker: RunningBroker) -> None:
    """A session that is stopped sends DISCONNECT: the broker does not publish its will."""
    will = Will(TOPICS.build("agent", agent="me"), b"gone")
    with Observer(broker.port, f"{TOPICS.base}/#") as observer:
        async with run_session(settings(broker.port), options("me", will=will)) as session:
            await until(lambda: session.connected)
        observer.publish(EVENT.topic, b"later")
        observer.wait(lambda seen: seen.payload == b"later")
        assert observer.payloads(will.address.topic) == []


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (0x80, None),  # unspecified error
        (0x81, "malformed packet"),
        (0x84, "it does not speak MQTT 5"),
        (0x85, "the client id is not valid"),
        (0x86, "bad user name or password"),
        (0x87, "not authorized"),
        (0x88, None),  # server unavailable
        (0x89, None),  # server busy
        (0x8A, "banned"),
        (0x8C, "bad authentication method"),
        (0x97, None),  # quota exceeded
        (0x9F, None),  # connection rate exceeded
    ],
)
def test_what_will_not_change_is_not_tried_again(code: int, why: str | None) -> None:
    """Of the codes of a CONNACK, those that need a person are fatal; a busy broker is not."""
    assert fatal_reason(code) == why


@given(attempt=st.integers(0, 10_000), seed=st.integers(), base_s=st.floats(0.01, 10), cap_s=st.floats(0.01, 100))
def test_backoff_is_full_jitter_below_a_cap(attempt: int, seed: int, base_s: float, cap_s: float) -> None:
    """Every pause lies between nothing and the doubled base, and never above the cap."""
    pause_s = backoff_s(attempt, random.Random(seed), base_s=base_s, cap_s=cap_s)
    assert 0 <= pause_s <= min(cap_s, base_s * 2.0 ** min(attempt, 100))


def test_backoff_spreads_a_crowd() -> None:
    """Agents that lost the same broker do not come back together: the pauses fill the whole range."""
    rng = random.Random(1)
    pauses = sorted(backoff_s(10, rng, base_s=0.1, cap_s=5.0) for _ in range(1000))
    assert pauses[0] < 0.1
    assert pauses[-1] > 4.9
    assert 2.0 < pauses[500] < 3.0


@pytest.mark.parametrize(
    ("failures", "stood_s", "counted"), [(0, 0.0, 0), (7, 0.0, 7), (7, STEADY_S / 2, 7), (7, STEADY_S, 0)]
)
def test_only_a_steady_connection_forgives_failures(failures: int, stood_s: float, counted: int) -> None:
    """A broker that accepts and drops us at once is asked more and more rarely, one that was there is asked at once."""
    assert failures_before(failures, stood_s) == counted
