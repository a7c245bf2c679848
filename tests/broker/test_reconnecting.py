import asyncio
import logging
import os
import signal
import subprocess
import sys

import pytest

from a_session import EVENT, TOPICS, RunSession, options, settings
from observer import Observer
from okko.errors import BrokerUnavailable
from okko.session import MAX_UNACKED, MAX_UNACKED_BYTES, Received, Session, Will
from running_broker import RunningBroker, count_sockets_to, pid_of
from scripted_broker import CONNECT, Peer, scripted_broker
from waiting import until

DIES_IN_ITS_RECEIVER = """
import asyncio, os, signal, sys
from okko.broker_settings import BrokerSettings
from okko.session import Session, SessionOptions, Subscription

def receive(received):
    print("got", received.payload.decode(), flush=True)
    if sys.argv[2] == "die":
        os.kill(os.getpid(), signal.SIGKILL)

options = SessionOptions("me", [Subscription("t")], expiry_s=3600, on_message=receive)
options.on_connect = lambda: print("connected", flush=True)
asyncio.run(Session(BrokerSettings(url=sys.argv[1]), options).run())
"""

HAS_A_WILL = """
import asyncio, sys
from okko.broker_settings import BrokerSettings
from okko.session import Session, SessionOptions, Will
from okko.topics import Topics

will = Will(Topics("okko/v1/test/line/station").build("agent", agent="me"), b"gone")
options = SessionOptions("me", [], will=will, on_connect=lambda: print("connected", flush=True))
asyncio.run(Session(BrokerSettings(url=sys.argv[1]), options).run())
"""


def start(program: str, *arguments: str) -> "subprocess.Popen[str]":
    """A program of its own process, its output to be read."""
    return subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True)


def line_of(process: "subprocess.Popen[str]") -> str:
    """The next line that it prints; empty where it has ended."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_message_whose_receiver_died_comes_again(broker: RunningBroker) -> None:
    """A process killed inside its receiver has acked nothing: its next life gets the message again."""
    first = start(DIES_IN_ITS_RECEIVER, broker.url, "die")
    assert line_of(first) == "connected"
    with Observer(broker.port) as observer:
        observer.publish("t", b"part-1")
    assert line_of(first) == "got part-1"
    assert first.wait(10) == -signal.SIGKILL
    second = start(DIES_IN_ITS_RECEIVER, broker.url, "live")
    try:
        assert {line_of(second), line_of(second)} == {"connected", "got part-1"}
    finally:
        second.kill()
        second.wait()


def test_the_broker_tells_of_a_client_that_was_killed(broker: RunningBroker) -> None:
    """SIGKILL sends no goodbye: the broker publishes the will, retained, as JSON of our schema."""
    topic = f"{TOPICS.base}/agent/me"
    with Observer(broker.port, topic) as observer:
        process = start(HAS_A_WILL, broker.url)
        assert line_of(process) == "connected"
        process.kill()
        process.wait()
        will = observer.wait(lambda seen: seen.topic == topic)
    assert (will.payload, will.retain, will.qos) == (b"gone", True, 1)
    assert (will.content_type, will.schema) == ("application/json", "1")


async def test_a_broker_that_is_not_there_is_waited_for(
    run_session: RunSession, broker: RunningBroker, caplog: pytest.LogCaptureFixture
) -> None:
    """No broker: it is said once, with the address, and the connection stands soon after the broker does."""
    broker.kill()
    async with run_session(settings(broker.port), options()) as session:
        await until(lambda: "waiting for it" in caplog.text)
        assert session.publish(EVENT, b"x") is False
        assert session.connections == 0
        broker.start()
        await until(lambda: session.connected)
        assert session.publish(EVENT, b"x") is True
    said = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert broker.url in said[0].getMessage()
    assert "refused" in said[0].getMessage()
    assert "never retrieved" not in caplog.text


async def test_nothing_old_is_published_after_a_reconnect(run_session: RunSession, broker: RunningBroker) -> None:
    """What a dead broker never confirmed is not said again by the client: a capture of then is no capture of now."""
    may_connect = asyncio.Event()
    may_connect.set()
    lost: list[str] = []
    wanted = options("me", before_connect=may_connect.wait, on_disconnect=lost.append)
    async with run_session(settings(broker.port), wanted) as session:
        await until(lambda: session.connected)
        os.kill(pid_of(broker), signal.SIGSTOP)
        may_connect.clear()
        for number in range(200):
            assert session.publish(EVENT, f"old {number}".encode())
        broker.kill()
        await until(lambda: lost)
        assert session.publish(EVENT, b"while away") is False
        assert session.unacked == 0
        broker.start()
        with Observer(broker.port, f"{TOPICS.base}/#") as observer:
            may_connect.set()
            await until(lambda: session.connections == 2)
            assert session.publish(EVENT, b"new")
            await until(lambda: not session.unacked)
            observer.publish("okko/v1/test/line/station/event", b"end")
            observer.wait(lambda seen: seen.payload == b"end")
            assert observer.payloads(EVENT.topic) == [b"new", b"end"]


async def test_subscriptions_stand_again_after_each_reconnect(run_session: RunSession, broker: RunningBroker) -> None:
    """A broker that comes back empty gets the subscriptions again, before `on_connect` is called."""
    came: list[Received] = []
    async with run_session(settings(broker.port), options("me", "t", on_message=came.append)) as session:
        for life in (1, 2, 3):
            await until(lambda life=life: session.connections == life and session.connected)  # type: ignore[misc] # life is bound
            with Observer(broker.port) as observer:
                observer.publish("t", str(life).encode())
            await until(lambda life=life: len(came) == life)  # type: ignore[misc] # as above
            broker.kill()
            await until(lambda: not session.connected)
            broker.start()
    assert [received.payload for received in came] == [b"1", b"2", b"3"]


@pytest.mark.parametrize(("size", "most"), [(10, MAX_UNACKED), (1_000_000, MAX_UNACKED_BYTES // 1_000_000)])
async def test_publishing_to_a_broker_that_hangs_is_bounded(
    run_session: RunSession, broker: RunningBroker, size: int, most: int
) -> None:
    """A stopped broker takes so many messages, and bytes, and no more; what was taken is confirmed when it goes on."""
    payload = bytes(size)
    confirmed: list[int] = []
    async with run_session(settings(broker.port), options()) as session:
        await until(lambda: session.connected)
        os.kill(pid_of(broker), signal.SIGSTOP)
        sent = [session.publish(EVENT, payload, lambda: confirmed.append(1)) for _ in range(most + 100)]
        assert sent == [True] * most + [False] * 100
        assert session.refused_publishes == 100
        os.kill(pid_of(broker), signal.SIGCONT)
        await until(lambda: not session.unacked)
        assert session.publish(EVENT, payload)
        await until(lambda: not session.unacked)
        assert session.connections == 1
    assert len(confirmed) == most


async def test_a_session_stops_although_its_broker_hangs(broker: RunningBroker) -> None:
    """Cancelled with megabytes on their way to a broker that does not read, it ends, and leaves no socket open."""
    session = Session(settings(broker.port), options())
    task = asyncio.create_task(session.run())
    await until(lambda: session.connected)
    os.kill(pid_of(broker), signal.SIGSTOP)
    for _ in range(20):
        session.publish(EVENT, bytes(1_000_000))
    await asyncio.sleep(0.05)  # so that the socket is full
    task.cancel()
    await asyncio.wait((task,), timeout=30)
    assert task.cancelled()
    assert count_sockets_to(broker.port) == 0
    os.kill(pid_of(broker), signal.SIGCONT)


async def test_a_broker_that_hung_meets_one_client_when_it_goes_on(
    run_session: RunSession, broker: RunningBroker
) -> None:
    """Attempts that timed out are closed: afterwards there is one connection, and the last word is not the will."""
    address = TOPICS.build("agent", agent="me")
    attempts: list[int] = []

    async def before() -> None:
        attempts.append(1)

    wanted = options("me", will=Will(address, b"gone"), before_connect=before)
    wanted.on_connect = lambda: None
    async with run_session(settings(broker.port, keepalive_s=2, timeout_s=0.2), wanted) as session:
        wanted.on_connect = lambda: bool(session.publish(address, b"here"))  # type: ignore[assignment] # its value is ignored
        await until(lambda: session.connected)
        os.kill(pid_of(broker), signal.SIGSTOP)
        await until(lambda: len(attempts) >= 5)
        assert count_sockets_to(broker.port) <= 1
        os.kill(pid_of(broker), signal.SIGCONT)
        await until(lambda: session.connected)
        with Observer(broker.port, address.topic) as observer:
            await until(lambda: observer.seen and observer.seen[-1].payload == b"here")
            observer.publish(EVENT.topic, b"end")
            await asyncio.sleep(0.3)  # an abandoned client would be pinging by now, or its will be told
            assert observer.seen[-1].payload == b"here"
        assert count_sockets_to(broker.port) == 1
        assert session.connected


async def test_a_broker_that_hangs_up_is_asked_again_at_once(run_session: RunSession) -> None:
    """Closed before CONNACK, before SUBACK, with nonsense: each is an attempt that failed, not the end, nor a wait."""
    peers: list[Peer] = []

    async def hangs_up(peer: Peer) -> None:
        peers.append(peer)
        await peer.read_until(CONNECT)

    async def hangs_up_later(peer: Peer) -> None:
        peers.append(peer)
        await peer.read_until(CONNECT)
        peer.writer.write(bytes((0x20, 3, 0, 0, 0)))
        await peer.read()

    async def talks_nonsense(peer: Peer) -> None:
        peers.append(peer)
        await peer.let_in()
        peer.writer.write(bytes((0x32, 5, 0, 99, 1, 2, 3)))  # a PUBLISH whose topic is longer than the packet
        await peer.read()

    async def behaves(peer: Peer) -> None:
        peers.append(peer)
        await peer.let_in()
        await peer.read()

    scripts = hangs_up, hangs_up_later, talks_nonsense, behaves
    async with scripted_broker(*scripts) as broker:
        patient = broker.model_copy(update={"timeout_s": 60.0})
        async with run_session(patient, options("me", "t")) as session:
            await until(lambda: len(peers) == 4 and session.connected)
            assert session.connections == 2


async def test_a_connecting_that_is_given_up_leaves_nothing_behind() -> None:
    """Cancelled before the broker has answered: the socket is closed, nothing reads or pings on."""
    connecting = asyncio.Event()
    gone = asyncio.Event()

    async def says_nothing(peer: Peer) -> None:
        await peer.read_until(CONNECT)
        connecting.set()
        assert await peer.reader.read() == b""
        gone.set()

    async with scripted_broker(says_nothing) as broker:
        task = asyncio.create_task(Session(broker, options()).run())
        await connecting.wait()
        task.cancel()
        await asyncio.wait((task,))
        assert task.cancelled()
        await gone.wait()


async def test_a_defect_in_the_receiver_ends_the_session(broker: RunningBroker) -> None:
    """An exception of our own is raised from `run` as it is, also one that looks like trouble with the network."""

    def receive(_received: Received) -> None:
        raise OSError("no space left")

    session = Session(settings(broker.port), options("me", "t", on_message=receive))
    task = asyncio.create_task(session.run())
    await until(lambda: session.connected)
    with Observer(broker.port) as observer:
        observer.publish("t", b"x")
        with pytest.raises(OSError, match="no space left"):
            await task
    assert count_sockets_to(broker.port) == 0


async def test_what_must_come_before_is_tried_again_too(run_session: RunSession, broker: RunningBroker) -> None:
    """`before_connect` that finds no broker puts the connection off; it is asked before each attempt."""
    calls: list[int] = []

    async def before() -> None:
        calls.append(1)
        if len(calls) < 3:
            raise BrokerUnavailable(broker.url, "not yet")

    async with run_session(settings(broker.port), options(before_connect=before)) as session:
        await until(lambda: session.connected)
        assert len(calls) == 3


async def test_what_waited_at_the_broker_comes_after_on_connect(run_session: RunSession, broker: RunningBroker) -> None:
    """Its queue, longer than ReceiveMaximum, comes in order, and about each message it can publish at once."""
    order: list[object] = []

    def receive(received: Received) -> None:
        order.append((int(received.payload), session.publish(EVENT, b"about it")))

    wanted = options("me", "t", expiry_s=3600, on_message=receive)
    wanted.on_connect = lambda: order.append("connected")
    for _ in range(2):
        async with run_session(settings(broker.port), wanted) as session:
            await until(lambda: session.connected)
            await until(lambda: len(order) in (1, 202))
        if order == ["connected"]:
            with Observer(broker.port) as observer:
                for number in range(200):
                    observer.publish("t", str(number).encode())
    assert order == ["connected", "connected", *((number, True) for number in range(200))]


async def test_a_stop_that_comes_with_an_answer_is_not_lost() -> None:
    """Where the library takes a cancellation for an attempt that failed, the session ends all the same."""
    waiting = asyncio.Event()

    async def swallow() -> None:
        waiting.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise BrokerUnavailable("mqtt://nowhere", "a cancellation, told as something else") from None

    task = asyncio.create_task(Session(settings(1), options(before_connect=swallow)).run())
    await waiting.wait()
    task.cancel()
    await asyncio.wait([task], timeout=10)
    assert task.cancelled()
