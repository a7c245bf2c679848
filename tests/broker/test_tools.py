import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from a_session import TOPICS, settings
from agents import BASE, write_station
from observer import Observer, Seen
from okko import broker as okko_broker
from okko import contracts as c
from okko.errors import BrokerUnavailable
from okko.listener import Listener
from okko.player import Player
from okko.plc import parse_trigger
from okko.request import request
from okko.station import Station, load
from running_broker import RunningBroker
from waiting import until


@contextmanager
def answering(port: int, topic: str, answer: Callable[[Observer, Seen], None]) -> Iterator[Observer]:
    """Somebody on the broker who answers what comes on a topic, from the thread of its own client."""
    with Observer(port, topic) as observer:
        observer.on_seen = lambda seen: answer(observer, seen)
        yield observer


def reply(request_id: str, **more: object) -> bytes:
    """A reply of the agent `recorder`."""
    fields: dict[str, object] = {"agent": "recorder", "instance_id": "i", "ok": True, **more}
    return c.encode(c.Reply(request_id=request_id, **fields))  # type: ignore[arg-type] # as given


# -- request -----------------------------------------------------------------------------------------------------------


async def test_a_request_gets_its_own_answer(broker: RunningBroker) -> None:
    """Rubbish, and answers to others, on the same topic are passed over."""

    def answer(observer: Observer, seen: Seen) -> None:
        command = c.decode(c.Command, seen.payload)
        for payload in (b"rubbish", reply("another"), reply(command.request_id, result=command.args), reply("more")):
            observer.send(f"{BASE}/reply/recorder", payload)

    with answering(broker.port, f"{BASE}/cmd/recorder/count", answer):
        got = await request(settings(broker.port), TOPICS, "recorder", "count", {"from": 1})
    assert got is not None
    assert got.result == {"from": 1}


async def test_a_request_that_nobody_answers_gives_none(broker: RunningBroker) -> None:
    """Silence is an answer too, once the time is up."""
    assert await request(settings(broker.port), TOPICS, "recorder", "who", timeout_s=0.1) is None


async def test_a_request_without_a_broker_says_why() -> None:
    """No connection is not silence, and is told at once, with its reason."""
    port = okko_broker.free_port()
    with pytest.raises(BrokerUnavailable, match="refused"):
        await request(settings(port), TOPICS, "recorder", "who")


async def test_a_request_whose_broker_dies_is_not_taken_for_silence(broker: RunningBroker) -> None:
    """The connection is lost while one waits: the question may never have been heard."""

    def kill(_observer: Observer, _seen: Seen) -> None:
        broker.kill()

    with answering(broker.port, f"{BASE}/cmd/recorder/who", kill), pytest.raises(BrokerUnavailable):
        await request(settings(broker.port), TOPICS, "recorder", "who")


# -- listener ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def loaded(broker: RunningBroker, tmp_path: Path) -> Station:
    """A station on the test's broker whose deadline is short."""
    folder = write_station(tmp_path / "quick", broker.url)
    file = folder / "station.toml"
    file.write_text(
        file.read_text().replace("deadline_ms = 2000", "deadline_ms = 10").replace("window_ms = 1000", "window_ms = 10")
    )
    return load(folder)


async def test_a_listener_gets_its_topics_and_nothing_else(broker: RunningBroker, loaded: Station) -> None:
    """By the rows asked for; what was retained is left out where it is not wanted."""
    came: list[tuple[str, bytes]] = []

    def on_message(address: object, received: object) -> None:
        came.append((address.spec.key, received.payload))  # type: ignore[attr-defined] # an Address and a Received

    with Observer(broker.port) as observer:
        observer.publish(f"{BASE}/ready", b"0", retain=True)
        async with Listener(loaded, "ready", "verdict", on_message=on_message, no_retained=True) as listener:
            await listener.connected(20)
            waiting = asyncio.create_task(listener.wait_for("ready", lambda payload: payload == b"1"))
            given_up = asyncio.create_task(listener.wait_for("ready", lambda payload: payload == b"2"))
            await asyncio.sleep(0)
            given_up.cancel()
            observer.publish(f"{BASE}/event", b"not asked for")
            observer.publish(f"{BASE}/ready", b"0")
            observer.publish(f"{BASE}/verdict", b"v")
            observer.publish(f"{BASE}/ready", b"2")
            observer.publish(f"{BASE}/ready", b"1")
            assert await waiting == b"1"
            await until(lambda: len(came) == 4)
    assert came == [("ready", b"0"), ("verdict", b"v"), ("ready", b"2"), ("ready", b"1")]


async def test_a_listener_without_a_broker_says_so(broker: RunningBroker, loaded: Station) -> None:
    """And asks whether the station runs."""
    broker.kill()
    async with Listener(loaded, "ready") as listener:
        with pytest.raises(BrokerUnavailable, match="is `okko up` running"):
            await listener.connected(0.2)


# -- player ------------------------------------------------------------------------------------------------------------


def verdict(seq: int, word: c.VerdictWord, part_id: str, reason: c.Reason = "rules") -> bytes:
    """A verdict as the decision agent publishes it."""
    now = "2026-11-23T00:00:00.000Z"
    fields = {"finding": None, "borderline": False, "deadline_met": True, "duplicate": False, "recipe": "default"}
    return c.encode(
        c.Verdict(
            item_id=f"i{seq}",
            part_id=part_id,
            seq=seq,
            verdict=word,
            reason=reason,
            triggered_at=now,
            decided_at=now,
            latency_ms=1.0,
            station="station",
            **fields,  # type: ignore[arg-type] # as given
        )
    )


async def test_a_player_counts_what_a_plc_would_see(broker: RunningBroker, loaded: Station) -> None:
    """OK, KO, one that must be asked for, one that never comes, one that is said twice and differently."""
    heard: list[c.Verdict] = []

    def decide(observer: Observer, seen: Seen) -> None:
        trigger = parse_trigger(seen.payload).trigger
        seq, part = trigger.seq or 0, trigger.part_id
        asked = seen.topic.endswith("/ask")
        said: dict[int, list[bytes]] = {
            1: [verdict(1, "OK", part)],
            2: [verdict(2, "KO", part, "image"), verdict(99, "OK", part), b"rubbish"],
            3: [verdict(3, "KO", part, "late")] if asked else [],
            4: [verdict(4, "OK", part), verdict(4, "OK", part), verdict(4, "KO", part)],
        }
        for payload in said.get(seq, []):
            observer.send(f"{BASE}/verdict", payload)

    triggers = [c.Trigger(seq=seq, part_id=f"p{seq}") for seq in range(1, 6)]
    with Observer(broker.port, f"{BASE}/trigger", f"{BASE}/ask") as observer:
        observer.on_seen = lambda seen: decide(observer, seen)
        async with Player(loaded, on_verdict=heard.append, timeout_s=3) as player:
            await player.connected(20)
            outcome = await player.play(triggers, 1000, wait=True)
    assert (outcome.triggers, outcome.ok, outcome.ko) == (5, 2, 2)
    assert outcome.by_reason == {"image": 1, "late": 1}
    assert outcome.missing == [5]
    assert outcome.contradictions == 1
    assert sorted(one.seq or 0 for one in heard) == [1, 2, 3, 4]
    assert b'{"part_id":"p1","seq":1}' in observer.payloads(f"{BASE}/trigger")
    assert set(observer.payloads(f"{BASE}/ask")) == {b'{"part_id":"p3","seq":3}', b'{"part_id":"p5","seq":5}'}


async def test_a_player_that_does_not_wait_still_sends_all(broker: RunningBroker, loaded: Station) -> None:
    """Leaving it flushes: each trigger has reached the broker."""
    triggers = [c.Trigger(seq=seq, part_id=f"p{seq}") for seq in range(1, 51)]
    with Observer(broker.port, f"{BASE}/trigger") as observer:
        async with Player(loaded) as player:
            await player.connected(20)
            await player.play(triggers, 10_000, wait=False)
        await until(lambda: len(observer.seen) == 50)


@pytest.mark.parametrize(("where_to", "told"), [("/dev/full", "cannot be written: No space left"), ("| head -n 0", "")])
def test_a_plc_whose_verdicts_cannot_be_written_ends_at_once(
    broker: RunningBroker, loaded: Station, where_to: str, told: str
) -> None:
    """It does not ask on for what it cannot tell; a reader who has enough is no error to tell."""

    def answer(observer: Observer, seen: Seen) -> None:
        trigger = parse_trigger(seen.payload).trigger
        observer.send(f"{BASE}/verdict", verdict(trigger.seq or 0, "OK", trigger.part_id))

    to = where_to if where_to.startswith("|") else f">{where_to}"
    command = f'"$0" -m okko trigger "$1" --count 1000000 --rate 20 --wait {to}'
    with answering(broker.port, f"{BASE}/trigger", answer):
        run = subprocess.run(
            ["sh", "-c", command, sys.executable, loaded.path], capture_output=True, text=True, check=False, timeout=60
        )
    assert told in run.stderr
    assert len(run.stderr.splitlines()) == bool(told)
