"""Messages of a station as its agents publish them, and a `Seen` that has taken some in."""

from typing import Any

import cv2
import msgspec
import numpy as np

from okko import contracts as c
from okko.session import Received
from okko.topics import Topics
from okko.watch.head import Place
from okko.watch.seen import Now, Seen

BASE = "okko/v1/test/line/station"
TOPICS = Topics(BASE)
AT = "2026-11-23T02:19:57.123Z"
UNIX_NS = 1_795_400_400_000_000_000  # 2026-11-23T02:20:00Z
SECOND_NS = 1_000_000_000
PLACE = Place("station", BASE, "mqtt://127.0.0.1:1883", 1000, "okko", "stations/ducks")
HOSTILE = "\x1b[2J\x07[bold red]p\u202e\x9b31m"
"""Clears a screen, rings, is markup of rich, turns the direction of writing, colours by a C1 character."""


def now(seconds: float = 0.0) -> Now:
    """The instant so long after the station was first looked at."""
    return Now(int((100 + seconds) * SECOND_NS), UNIX_NS + int(seconds * SECOND_NS))


def seen(*cameras: str) -> Seen:
    """Nothing yet."""
    return Seen(cameras or ("left", "right"), now())


def tell(state: Seen, message: c.Message | bytes, topic: str, seconds: float = 0.0) -> c.Verdict | None:
    """Publish a message to it, below the station's prefix."""
    payload = message if isinstance(message, bytes) else c.encode(message)
    received = Received(f"{BASE}/{topic}", payload, retain=False, schema="1")
    return state.take(TOPICS.parse(received.topic), received, now(seconds))


def verdict(number: int, word: c.VerdictWord = "OK", **more: Any) -> c.Verdict:
    """The verdict of duck number so and so."""
    fields: dict[str, Any] = {
        "item_id": f"item-{number}",
        "part_id": f"duck-{number}",
        "seq": number,
        "verdict": word,
        "reason": "rules",
        "finding": None if word == "OK" else "left: KO 0.996 instead of OK",
        "borderline": False,
        "triggered_at": AT,
        "decided_at": AT,
        "latency_ms": 20.0,
        "deadline_met": True,
        "duplicate": False,
        "recipe": "default",
        "station": "station",
    }
    return c.Verdict(**{**fields, **more})


def item(of: c.Verdict, *findings: c.Finding, predictions: tuple[c.Prediction, ...] = (), **timings: float) -> c.Item:
    """The whole story of a verdict."""
    return c.Item(
        **msgspec.structs.asdict(of),
        trigger={},
        number=1,
        findings=findings,
        captured=(),
        frame_ids=(),
        predictions=predictions,
        timings_ms=timings,
        config_sha256="0" * 64,
        record_seq=1,
    )


def prediction(camera: str, **timings: float) -> c.Prediction:
    """What the model says of a camera's frame, and how long its stages took."""
    return c.Prediction(
        item_id="item-1",
        camera=camera,
        frame_id=f"frame-{camera}",
        model=c.ModelRef(name="ducks", version="1", sha256="0" * 64),
        task="classification",
        timings_ms=timings,
    )


def state(agent: str, word: str = "online", why: str = "", **more: Any) -> c.AgentState:
    """An agent's state."""
    fields: dict[str, Any] = {
        "instance_id": "b0a6337c",
        "version": "0.1.0",
        "since": "2026-11-23T02:15:00.000Z",
        **more,
    }
    return c.AgentState(agent=agent, state=word, why=why, **fields)  # type: ignore[arg-type] # a word of the three


def stats(agent: str, uptime_s: float, **counters: int) -> c.Stats:
    """What an agent has counted."""
    return c.Stats(
        agent=agent,
        instance_id="b0a6337c",
        at=AT,
        uptime_s=uptime_s,
        rss_bytes=52_000_000,
        counters=counters,
        stages={},
        gauges={},
    )


def frame(item_id: str, camera: str = "left", image: "np.ndarray[Any, Any] | None" = None, **more: Any) -> c.Frame:
    """A frame of this picture (BGR), as PNG unless `data` and `encoding` say otherwise."""
    picture = np.full((48, 64, 3), 128, np.uint8) if image is None else image
    fields: dict[str, Any] = {
        "item_id": item_id,
        "camera": camera,
        "frame_id": f"frame-{item_id}",
        "captured_at": AT,
        "captured_mono_ns": 0,
        "boot_id": "boot",
        "deadline_mono_ns": 0,
        "published_mono_ns": 0,
        "width_px": picture.shape[1],
        "height_px": picture.shape[0],
        "encoding": "png",
        "data": memoryview(cv2.imencode(".png", picture)[1].tobytes()),
        "sha256": "0" * 64,
        "source": "test",
    }
    return c.Frame(**{**fields, **more})


def finding(camera: str, word: c.VerdictWord, text: str = "KO 0.996 instead of OK") -> c.Finding:
    """What a rule says of a camera's picture."""
    return c.Finding(rule="expected_label", camera=camera, verdict=word, text=text)


def running(state_of: Seen) -> Seen:
    """The same, told of a station that is ready and whose agents are well."""
    tell(state_of, b"1", "ready")
    for agent in ("camera-left", "camera-right", "decision", "inference", "recorder"):
        tell(state_of, state(agent), f"agent/{agent}")
    totals = c.Totals(total=20, ok=17, ko=3, missed=0, by_reason={"rules": 20}, since=AT)
    tell(state_of, totals, "count")
    return state_of
