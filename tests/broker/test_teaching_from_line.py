"""Parts taken from a running line, on a real broker."""

import asyncio
import json
import threading
from pathlib import Path

import pytest

from observer import Observer
from okko import contracts as c
from okko.errors import BrokerUnavailable, ImageError, SourceError
from okko.station import load
from running_broker import RunningBroker
from shown_parts import frame_of, small_picture, write_station
from workshop.teaching import from_line
from workshop.teaching.example import Example

BASE = "okko/v1/test/line/station"
VERDICT = {
    "part_id": "duck",
    "seq": None,
    "verdict": "KO",
    "reason": "no_model",
    "finding": None,
    "borderline": False,
    "triggered_at": "2026-11-23T02:19:57.123Z",
    "decided_at": "2026-11-23T02:19:57.123Z",
    "latency_ms": 1.0,
    "deadline_met": True,
    "duplicate": False,
    "recipe": "",
    "station": "station",
}


async def test_the_next_pictures_of_the_camera_are_shown(tmp_path: Path, broker: RunningBroker) -> None:
    """Each once, none of another camera, none that cannot be read, and no more than were asked for."""
    station = load(write_station(tmp_path, broker.url))
    names: list[str] = []
    looked = threading.Event()

    def take(example: Example) -> None:
        looked.set()
        if example.name == "item-2":
            raise ImageError("a picture that cannot be decoded")
        example.open().at(1)
        names.append(example.name)

    with Observer(broker.port, f"{BASE}/frame/+") as observer:
        running = asyncio.create_task(from_line.from_line(station, "top", 3, take, patience_s=20))
        number = 0
        while not running.done():
            # Nobody but the broker knows when the tool has subscribed: the first picture comes until it is looked at.
            number += looked.is_set() or number == 0
            for camera in ("side", "top", "top"):
                frame = frame_of(number, small_picture(number), camera)
                observer.publish(f"{BASE}/frame/{camera}", c.encode(frame))
            observer.publish(f"{BASE}/frame/top", b"rubbish")
            observer.publish(f"{BASE}/verdict", json.dumps({**VERDICT, "item_id": f"item-{number}"}).encode())
            await asyncio.sleep(0.1)  # a camera's pace: what comes faster than it is looked at is not taken
        assert await running == 1
    assert names == ["item-1", "item-3", "item-4"]


async def test_a_line_that_stands_still_is_said(tmp_path: Path, broker: RunningBroker) -> None:
    """After a while, with how many came and what to do."""
    station = load(write_station(tmp_path, broker.url))
    with pytest.raises(SourceError, match=r"no inspected part for 0\.2 s, 0 of 3 came; nothing was changed"):
        await from_line.from_line(station, "top", 3, lambda _: None, patience_s=0.2)


async def test_a_station_that_does_not_run_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker at its address."""
    monkeypatch.setattr(from_line, "CONNECT_TIMEOUT_S", 0.2)
    station = load(write_station(tmp_path))
    with pytest.raises(BrokerUnavailable, match="is `okko up` running"):
        await from_line.from_line(station, "top", 3, lambda _: None, patience_s=1)
