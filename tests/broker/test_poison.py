"""Poison on the real agents: whatever comes on whichever topic, they live, count it, and go on with their work."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents import BASE, Agent, write_station
from observer import Observer
from okko import clock
from okko.topics import TABLE
from poison import NAMES, Poison, frame, png_bomb, poisons
from running_broker import RunningBroker
from waiting import eventually

BUNDLE = Path(__file__).parents[2] / "models" / "duck-quality"
MORE = f"""
[[model]]
bundle = "{BUNDLE}"
cameras = ["top"]

[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"
"""
AGENTS: dict[str, list[str]] = {"decision": [], "inference": [], "camera-top": ["--camera", "top"], "recorder": []}
READ_BY = {
    "camera-top": ["capture", "receipt/camera-top", "verdict", "cmd/camera-top/who"],
    "decision": ["ask", "captured/top", "prediction/top/duck-quality", "agent/stranger", "cmd/decision/who"],
    "inference": ["frame/top", "cmd/inference/who"],
    "recorder": ["frame/top", "record/frame/top", "item", "record/item", "cmd/recorder/who"],
}
BIG = 1_000_000
EXAMPLES, POISONS = 40, 8
TRIES = 50
"""How many parts may be refused while an agent still works off what it was sent."""

SLOW = list(HealthCheck)  # a real line answers in its own time
SOME_MIB = 500 * 2**20


def poisonous_frames() -> list[bytes]:
    """Frames that lie about what they hold."""
    return [
        frame(1, width_px=100_000, height_px=100_000),
        frame(2, width_px=65_535, height_px=65_535, encoding="raw-bgr8", data=b"\0\0\0"),
        frame(3, width_px=20_000, height_px=20_000, data=png_bomb(20_000, 20_000, 10)),
        frame(4, width_px=6_000, height_px=6_000, data=png_bomb(6_000, 6_000, 6_000)),
        frame(5, width_px=6_000, height_px=6_000, data=png_bomb(6_000, 6_000, 10)),
        frame(6, encoding="jpeg", data=b"\xff\xd8\xff" + bytes(1000) + b"\xff\xd9"),
        frame(7, encoding="gif"),
        frame(8, camera="other"),
        frame(9, item_id="../../../etc/passwd"),
        frame(10, data="text"),
    ]


def spoilt(rng: random.Random) -> list[tuple[bytes, dict[str, str]]]:
    """Payloads that are nothing on any topic, with their user properties."""
    return [
        (rng.randbytes(300), {}),
        (b"[" * 30_000, {}),
        (b'{"a":' * 10_000, {}),
        (rng.randbytes(BIG), {}),
        (b"{}", {"schema": "99"}),
    ]


@pytest.fixture
def line(tmp_path: Path, broker: RunningBroker, start_agent: Callable[..., Agent]) -> Iterator[dict[str, Agent]]:
    """All agents of a station with one camera and one model, each a process; every one must end with exit 0."""
    folder = write_station(tmp_path / "station", broker.url, MORE)
    (folder / "images").mkdir()
    picture = np.random.default_rng(1).integers(0, 256, (120, 160, 3), np.uint8)
    cv2.imwrite(str(folder / "images" / "part.jpg"), picture)
    agents = {}
    for name, options in AGENTS.items():
        agents[name] = start_agent("-m", "okko", "run", name.split("-")[0], str(folder), *options)
    yield agents
    for agent in agents.values():
        assert agent.end() == 0, agent.log
        assert "Traceback" not in agent.log


def stats_of(observer: Observer, agent: str) -> dict[str, Any]:
    """What an agent last told of itself; nobody else gives its process."""
    told = [payload for payload in observer.payloads(f"{BASE}/stats/{agent}") if b'"rss_bytes"' in payload]
    return dict(json.loads(told[-1])) if told else {}


def counters(observer: Observer, agent: str) -> dict[str, int]:
    """What it counted."""
    return dict(stats_of(observer, agent).get("counters", {}))


def verdict_of(observer: Observer, seq: int) -> dict[str, Any]:
    """The verdict of one part."""
    return observer.wait_json(f"{BASE}/verdict", lambda verdict: verdict.get("seq") == seq)


def judged(observer: Observer, parts: Iterator[int]) -> bool:
    """Whether parts are judged by their pictures again; those that come while poison is still worked off may be KO."""
    reasons = {inspect(observer, next(parts))["reason"]}
    for _ in range(TRIES):
        if "rules" in reasons:
            break
        reasons.add(inspect(observer, next(parts))["reason"])
    return "rules" in reasons and reasons <= {"rules", "overload", "late", "deadline", "camera_fault"}


def inspect(observer: Observer, seq: int) -> dict[str, Any]:
    """Trigger one part, and wait for its verdict and for the receipt of its record."""
    observer.publish(f"{BASE}/trigger", f"{seq} part-{seq}".encode())
    verdict = verdict_of(observer, seq)
    receipt = f"{BASE}/receipt/decision"
    observer.wait(lambda seen: seen.topic == receipt and verdict["item_id"].encode() in seen.payload)
    return verdict


def test_poison_on_every_topic_is_counted_and_stops_nobody(broker: RunningBroker, line: dict[str, Agent]) -> None:
    """Same processes, each message counted, and the next part gets its verdict by its picture and is recorded."""
    rng = random.Random(7)
    topics = [f"{BASE}/{path}" for paths in READ_BY.values() for path in paths]
    everywhere = [f"{BASE}/{spec.path.format(**NAMES)}" for spec in TABLE]
    heard = [f"{BASE}/{path}" for path in ("ready", "stats/+", "verdict", "receipt/+")]
    with Observer(broker.port, *heard) as observer:
        observer.wait(lambda seen: seen.payload == b"1", 60)
        assert inspect(observer, 1)["reason"] == "rules"

        expected = dict.fromkeys(READ_BY, 0)
        for topic in dict.fromkeys(topics):
            for payload, user in spoilt(rng):
                observer.send(topic, payload, user)
            for agent, paths in READ_BY.items():
                expected[agent] += 5 * (topic.removeprefix(f"{BASE}/") in paths)
        for topic in everywhere:
            observer.send(topic, b"")
            observer.send(topic, rng.randbytes(50))
        for payload in poisonous_frames():
            observer.send(f"{BASE}/frame/top", payload)
            observer.send(f"{BASE}/record/frame/top", payload)
        now = {"captured_at": clock.utc_now(), "captured_mono_ns": 1, "boot_id": "b"}
        captured = {"item_id": "nobody", "camera": "top", **now}
        observer.send(f"{BASE}/captured/top", json.dumps(captured).encode())
        observer.send(f"{BASE}/captured/top", json.dumps(captured | {"camera": "other"}).encode())
        model = {"name": "duck-quality", "version": "1", "sha256": "0" * 64}
        prediction = {"item_id": "nobody", "camera": "top", "frame_id": "f", "model": model, "task": "classification"}
        observer.send(f"{BASE}/prediction/top/duck-quality", json.dumps(prediction).encode())
        observer.send(f"{BASE}/prediction/top/other", json.dumps(prediction).encode())

        def all_counted() -> bool:
            told = {agent: counters(observer, agent) for agent in READ_BY}
            return all(told[agent].get("dead_letters", 0) >= expected[agent] for agent in told) and (
                told["decision"].get("ignored_captured_of_no_item", 0) == 1
                and told["decision"].get("ignored_prediction_of_no_item", 0) >= 1
                and told["inference"].get("error_image", 0) >= 4
            )

        eventually(all_counted, str({agent: counters(observer, agent) for agent in READ_BY}))
        # No agent can work on these, and yet a part is there whose PLC waits.
        observer.send(f"{BASE}/trigger", b"4240 " + b"a" * BIG)
        observer.send(f"{BASE}/trigger", b"4241 part", {"schema": "99"})
        assert [verdict_of(observer, seq)["reason"] for seq in (4240, 4241)] == ["bad_trigger", "bad_trigger"]
        assert inspect(observer, 4242)["reason"] == "rules"
        assert {name: agent.process.poll() for name, agent in line.items()} == dict.fromkeys(AGENTS)
        assert all(counters(observer, agent).get("defects", 0) == 0 for agent in READ_BY)
        assert all(counters(observer, agent).get("disconnects", 0) == 0 for agent in READ_BY)


def test_what_nobody_thought_of_is_survived_too(broker: RunningBroker, line: dict[str, Agent]) -> None:
    """Messages of every kind, changed at random, and any bytes: after each few a good part is judged by its picture.

    No handler has a defect, no process ends, none grows beyond what one large picture takes.
    """
    heard = [f"{BASE}/{path}" for path in ("ready", "stats/+", "verdict", "receipt/decision")]
    parts = iter(range(1_000_000, 2_000_000))
    with Observer(broker.port, *heard) as observer:
        observer.wait(lambda seen: seen.payload == b"1", 60)

        @settings(max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=SLOW)
        @given(st.lists(poisons(), min_size=POISONS, max_size=POISONS))
        def survives(some: list[Poison]) -> None:
            for one in some:
                observer.send(f"{BASE}/{one.path}", one.payload, one.user)
            assert judged(observer, parts)
            assert {name: agent.process.poll() for name, agent in line.items()} == dict.fromkeys(AGENTS)
            observer.forget()

        survives()
        eventually(lambda: all(stats_of(observer, agent) for agent in AGENTS))
        told = {agent: stats_of(observer, agent) for agent in AGENTS}
    assert {agent: stats["counters"].get("defects", 0) for agent, stats in told.items()} == dict.fromkeys(AGENTS, 0)
    assert all(stats["counters"]["dead_letters"] > 0 for stats in told.values())
    assert all(stats["rss_bytes"] < SOME_MIB for stats in told.values()), {a: s["rss_bytes"] for a, s in told.items()}
