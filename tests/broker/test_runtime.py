import base64
import hashlib
import json
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents import BASE, Agent, write_station
from observer import Observer
from okko import __version__
from okko import contracts as c
from okko.agent import DEAD_LETTERS_PER_S, UNTOLD_EVENTS
from running_broker import RunningBroker, pid_of
from waiting import eventually

PROBE = Path(__file__).parents[1] / "support" / "probe.py"
STATE, STATS, DEAD = f"{BASE}/agent/probe", f"{BASE}/stats/probe", f"{BASE}/deadletter/probe"
CAPTURED = f"{BASE}/captured/top"
GOOD = c.encode(
    c.Captured(item_id="item-1", camera="top", captured_at="2026-11-23T00:00:00.000Z", captured_mono_ns=1, boot_id="b")
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
payloads = (
    st.binary(max_size=6000)
    | json_values.map(lambda value: json.dumps(value).encode())  # with NaN, Infinity and lone surrogates as escapes
    | json_values.map(lambda value: json.dumps({"item_id": value, "camera": value}).encode())
    | st.sampled_from([b"", b"[" * 50_000, b'{"a":' * 10_000, b"\xff" * 60_000, GOOD[:-1], GOOD + b"x"])
)


def count(observer: Observer, name: str) -> int:
    """A counter of the probe as it was last told."""
    told = observer.payloads(STATS)
    return int(json.loads(told[-1])["counters"].get(name, 0)) if told else 0


@pytest.fixture
def seen(broker: RunningBroker, probe: Agent) -> Any:
    """All that goes over the station's topics; the probe is online, and still the same process at the end."""
    with Observer(broker.port, f"{BASE}/#") as observer:
        observer.wait_json(STATE, lambda state: state["state"] == "online")
        yield observer
        assert probe.process.poll() is None, probe.log


def test_an_agent_says_who_it_is(seen: Observer, probe: Agent, broker: RunningBroker) -> None:
    """Its state is retained, and names the instance, the version, the process and what it serves."""
    with Observer(broker.port, STATE) as late_joiner:
        state = late_joiner.wait_json(STATE, lambda _: True)
        assert late_joiner.seen[0].retain
    assert (state["agent"], state["state"], state["version"]) == ("probe", "online", __version__)
    assert (state["pid"], state["serves"]) == (probe.process.pid, ["probe"])
    assert re.fullmatch("[0-9a-f]{16}", state["instance_id"])
    assert seen.payloads(DEAD) == []


def test_a_killed_agent_is_said_to_be_offline(broker: RunningBroker, probe: Agent) -> None:
    """The broker tells it, retained, of the same instance."""
    with Observer(broker.port, STATE) as observer:
        online = observer.wait_json(STATE, lambda state: state["state"] == "online")
        probe.kill()
        offline = observer.wait_json(STATE, lambda state: state["state"] == "offline")
    assert offline["why"] == "the connection was lost"
    assert offline["instance_id"] == online["instance_id"]
    with Observer(broker.port, STATE) as late_joiner:
        late_joiner.wait_json(STATE, lambda state: state["state"] == "offline")


def test_an_agent_that_is_asked_to_stop_says_so(broker: RunningBroker, probe: Agent) -> None:
    """SIGTERM: offline with its reason, once and not by the will, exit 0, nothing but entries in its log."""
    with Observer(broker.port, STATE) as observer:
        observer.wait_json(STATE, lambda state: state["state"] == "online")
        observer.forget()
        assert probe.end() == 0
        observer.wait_json(STATE, lambda state: state["why"] == "stopped")
        observer.publish(STATE, b'{"state": "end", "why": ""}')
        observer.wait_json(STATE, lambda state: state["state"] == "end")
    states = [json.loads(payload)["state"] for payload in observer.payloads(STATE)]
    assert states == ["offline", "end"]
    for line in probe.log.splitlines():
        assert re.match(r'ts=\S+Z level=\w+ agent=probe item_id=\S+ msg="', line), line


def test_an_agent_stops_although_its_broker_hangs(broker: RunningBroker, probe: Agent) -> None:
    """SIGTERM while the broker neither reads nor answers: exit 0 all the same."""
    with Observer(broker.port, STATE) as observer:
        observer.wait_json(STATE, lambda state: state["state"] == "online")
    os.kill(pid_of(broker), signal.SIGSTOP)
    assert probe.end() == 0
    assert "Traceback" not in probe.log


def test_an_agent_stops_although_there_is_no_broker(broker: RunningBroker, probe: Agent) -> None:
    """SIGTERM while it waits for a broker: exit 0."""
    broker.kill()
    eventually(lambda: "no connection" in probe.log)
    assert probe.end() == 0
    assert "Traceback" not in probe.log


def test_log_lines_name_the_item(seen: Observer, probe: Agent) -> None:
    """What is told of an item carries its id, in the event and in the log line alike."""
    seen.publish(CAPTURED, GOOD)
    event = seen.wait_json(f"{BASE}/event", lambda event: event["code"] == "captured")
    assert (event["item_id"], event["agent"], event["severity"]) == ("item-1", "probe", "info")
    eventually(lambda: 'level=info agent=probe item_id=item-1 msg="captured: by top"' in probe.log)


UNREADABLE: list[tuple[str, bytes, dict[str, str], str]] = [
    ("captured/top", b"", {}, "Captured: "),
    ("captured/top", b"\xff\xfe\0 any bytes", {}, "Captured: "),
    ("captured/top", b'{"item_id": 1}', {}, "item_id"),
    ("captured/top", b"[" * 50_000, {}, "Captured: "),
    ("captured/top", GOOD, {"schema": "2"}, "schema '2'; this agent reads '1'"),
    ("captured/top", GOOD, {"schema": ""}, "schema ''"),
    ("captured/top", GOOD.replace(b"item-1", b"../../etc"), {}, "item_id"),
    ("captured/top", bytes(70_000), {}, "70000 bytes; at most 65536"),
    ("captured/%2e%2e", GOOD, {}, "none of this station's"),
    ("captured/caf\u00e9 \u9e2d", GOOD, {}, "none of this station's"),
    ("captured/" + "x" * 500, GOOD, {}, "none of this station's"),
    ("item", b"anything", {}, "defect: KeyError: 'a defect of ours'"),
]


def test_what_cannot_be_read_is_kept_as_a_dead_letter(seen: Observer) -> None:
    """With its topic, the reason, its size, its hash and the first 4 kB; and the next message is handled as ever."""
    for path, payload, user, error in UNREADABLE:
        seen.forget()
        seen.publish(f"{BASE}/{path}", payload, user=user)
        letter = seen.wait_json(DEAD, lambda _: True)
        assert letter["topic"] == f"{BASE}/{path}"[:1024]
        assert error in letter["error"]
        assert (letter["size_bytes"], letter["sha256"]) == (len(payload), hashlib.sha256(payload).hexdigest())
        assert base64.b64decode(letter["head_base64"]) == payload[:4096]
        assert letter["agent"] == "probe"
        seen.publish(CAPTURED, GOOD)
        seen.wait_json(f"{BASE}/event", lambda event: event["code"] == "captured")
    eventually(lambda: count(seen, "dead_letters") == len(UNREADABLE))


def test_a_message_kept_on_a_topic_that_never_is_retained_is_a_dead_letter(
    broker: RunningBroker, start_agent: Any, station: Path
) -> None:
    """Somebody retained a capture of last week: it is of unknown age, and no handler sees it."""
    with Observer(broker.port, f"{BASE}/#") as observer:
        observer.publish(CAPTURED, GOOD, retain=True)
        start_agent(str(Path(__file__).parents[1] / "support" / "probe.py"), str(station))
        letter = observer.wait_json(DEAD, lambda _: True)
        assert "retained" in letter["error"]
        assert "clear it" in letter["error"]
        assert observer.payloads(f"{BASE}/event") == []


def test_any_bytes_on_any_topic_are_counted_and_do_no_harm(seen: Observer) -> None:
    """Whatever comes, the agent lives; each is counted, whether its dead letter was still published or not."""
    sent = 0

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(
        payload=payloads, topic=st.sampled_from(["captured/top", "captured/ü", "item", "cmd/probe/who", "cmd/probe/x"])
    )
    def throw(payload: bytes, topic: str) -> None:
        nonlocal sent
        seen.publish(f"{BASE}/{topic}", payload)
        sent += 1

    throw()
    eventually(lambda: count(seen, "dead_letters") == sent, f"{sent} sent, {count(seen, 'dead_letters')} counted")
    letters = [msgspec.json.decode(payload, type=c.DeadLetter) for payload in seen.payloads(DEAD)]
    assert 0 < len(letters) <= sent


def test_poison_does_not_become_a_flood(seen: Observer) -> None:
    """Of a burst each message is counted, and only some of the dead letters are published."""
    before = time.monotonic()
    for _ in range(300):
        seen.publish(CAPTURED, b"poison")
    eventually(lambda: count(seen, "dead_letters") == 300)
    seconds = int(time.monotonic() - before) + 2
    assert 0 < len(seen.payloads(DEAD)) <= min(299, DEAD_LETTERS_PER_S * seconds)


def test_stats_are_told_each_second(seen: Observer) -> None:
    """Counters that grow, memory, uptime; retained, at QoS 0."""
    eventually(lambda: len(seen.payloads(STATS)) >= 3)
    told = [msgspec.json.decode(payload, type=c.Stats) for payload in seen.payloads(STATS)]
    assert [stats.uptime_s for stats in told] == sorted({stats.uptime_s for stats in told})
    assert told[-1].rss_bytes > 1_000_000
    message = seen.wait(lambda message: message.topic == STATS)
    assert (message.qos, message.retain) == (0, True)


def ask(observer: Observer, verb: str, payload: bytes) -> dict[str, Any]:
    """What the probe answers."""
    observer.forget()
    observer.publish(f"{BASE}/cmd/probe/{verb}", payload)
    return observer.wait_json(f"{BASE}/reply/probe", lambda _: True)


def test_commands_are_answered_under_their_own_id(seen: Observer, probe: Agent) -> None:
    """`who` tells the process; an unknown verb names the known ones; a refusal gives its reason."""
    reply = ask(seen, "who", b'{"request_id": "r1"}')
    assert (reply["request_id"], reply["ok"], reply["result"]["pid"]) == ("r1", True, probe.process.pid)
    reply = ask(seen, "dance", b'{"request_id": "r2"}')
    assert (reply["request_id"], reply["ok"]) == ("r2", False)
    assert reply["error"] == "probe has no command 'dance'; it has fault, restart, say, who"
    reply = ask(seen, "say", b'{"request_id": "r3", "args": {"word": "quack"}, "new_field": 1}')
    assert (reply["request_id"], reply["ok"], reply["result"]) == ("r3", True, {"said": "quack"})
    reply = ask(seen, "say", b'{"request_id": "r4"}')
    assert (reply["request_id"], reply["ok"], reply["error"]) == ("r4", False, "say: what? Give `word`")


def test_a_malformed_command_is_a_dead_letter(seen: Observer) -> None:
    """Nobody could tell whom to answer."""
    for payload in (b"", b"who?", b"{}", b'{"request_id": ""}', b'{"request_id": "x", "args": []}'):
        seen.forget()
        seen.publish(f"{BASE}/cmd/probe/who", payload)
        assert "Command" in seen.wait_json(DEAD, lambda _: True)["error"]
        assert seen.payloads(f"{BASE}/reply/probe") == []


def test_an_agent_is_faulted_until_all_is_well_again(seen: Observer) -> None:
    """Each change of its faults is told, with all reasons; a second one does not hide the first."""

    def fault(what: str, why: str, expected: str) -> str:
        seen.forget()
        command = {"request_id": "r", "args": {"what": what, "why": why}}
        seen.publish(f"{BASE}/cmd/probe/fault", json.dumps(command).encode())
        state = seen.wait_json(STATE, lambda _: True)
        assert state["state"] == expected
        return str(state["why"])

    assert fault("lens", "dirty", "faulted") == "lens: dirty"
    assert fault("lamp", "dark", "faulted") == "lens: dirty; lamp: dark"
    assert fault("lens", "", "faulted") == "lamp: dark"
    assert fault("lamp", "", "online") == ""


def test_events_of_the_time_without_a_broker_are_told_later(broker: RunningBroker, probe: Agent) -> None:
    """The last 64 of them, in order, as soon as there is a connection again."""
    with Observer(broker.port, STATE) as observer:
        observer.wait_json(STATE, lambda state: state["state"] == "online")
    broker.kill()
    eventually(lambda: "trying again" in probe.log)
    probe.process.send_signal(signal.SIGSTOP)  # until somebody listens
    broker.start()
    with Observer(broker.port, f"{BASE}/event") as observer:
        probe.process.send_signal(signal.SIGCONT)
        eventually(lambda: len(observer.seen) >= UNTOLD_EVENTS)
        texts = [json.loads(seen.payload)["text"] for seen in observer.seen]
    assert texts == [str(number) for number in range(10, UNTOLD_EVENTS + 10)]


def test_a_lost_broker_is_no_reason_to_end(broker: RunningBroker, probe: Agent) -> None:
    """The broker dies and comes back empty: the same process is online again, and reads what it read before."""
    with Observer(broker.port, STATE) as observer:
        observer.wait_json(STATE, lambda state: state["state"] == "online")
    broker.kill()
    eventually(lambda: "trying again" in probe.log)
    broker.start()
    with Observer(broker.port, f"{BASE}/#") as again:
        state = again.wait_json(STATE, lambda state: state["state"] == "online")
        assert state["pid"] == probe.process.pid
        again.publish(CAPTURED, GOOD)
        again.wait_json(f"{BASE}/event", lambda event: event["code"] == "captured")
        eventually(lambda: count(again, "disconnects") == 1)


def test_a_message_that_the_broker_does_not_take_is_an_event(
    guarded_broker: Callable[[str], int], start_agent: Callable[..., Agent], tmp_path: Path
) -> None:
    """Which, how large it is and what the broker takes; said once, and the agent stays connected."""
    port = guarded_broker("allow_anonymous true\nmax_packet_size 3000")
    folder = write_station(tmp_path / "station", f"mqtt://127.0.0.1:{port}")
    with Observer(port, f"{BASE}/#") as observer:
        probe = start_agent(str(PROBE), str(folder))
        observer.wait_json(STATE, lambda state: state["state"] == "online")
        for request_id in ("1", "2"):
            command = {"request_id": request_id, "args": {"word": "x" * 2880}}
            observer.publish(f"{BASE}/cmd/probe/say", json.dumps(command).encode())
        observer.publish(f"{BASE}/cmd/probe/say", json.dumps({"request_id": "3", "args": {"word": "y"}}).encode())
        reply = observer.wait_json(f"{BASE}/reply/probe", bool)
        events = [json.loads(payload) for payload in observer.payloads(f"{BASE}/event")]
        assert reply["request_id"] == "3"
        eventually(lambda: count(observer, "unsent_reply") == 2)
    told = [(event["severity"], event["text"]) for event in events if event["code"] == "message_too_large"]
    assert len(told) == 1
    assert re.fullmatch(
        rf"{BASE}/reply/probe is not published: a packet of 3\d\d\d bytes; the broker takes 3000", told[0][1]
    )
    assert told[0][0] == "error"
    assert probe.log.count("connected to") == 1


def test_an_agent_begins_anew_when_it_is_asked_to(seen: Observer, probe: Agent) -> None:
    """It answers, says goodbye, and comes back as another instance in the same process, which nobody saw end."""
    first = seen.wait_json(STATE, lambda state: state["state"] == "online")
    seen.forget()
    seen.send(f"{BASE}/cmd/probe/restart", b'{"request_id": "r"}')
    assert seen.wait_json(f"{BASE}/reply/probe", lambda reply: reply["request_id"] == "r")["ok"]
    assert seen.wait_json(STATE, lambda state: state["state"] == "offline")["why"] == "begins anew"
    again = seen.wait_json(STATE, lambda state: state["state"] == "online")
    assert again["instance_id"] != first["instance_id"]
    assert again["pid"] == first["pid"] == probe.process.pid
