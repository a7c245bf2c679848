"""Messages to record, made with one call each."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from okko import contracts as c
from recorder.records import FrameEntry, ItemEntry, read_frame, read_item

AT = "2026-11-23T02:19:57.123Z"

STATION = """
[station]
site = "canario"
line = "ducks"
name = "line-1"

[broker]
url = "mqtt://127.0.0.1:1"

[[camera]]
name = "top"
source = { kind = "folder", path = "images", loop = true }

[recorder]
path = "data"
group_ms = 1
"""


def frame_of(**changes: object) -> c.Frame:
    """A frame of camera `top`; its hash follows its data."""
    data = changes.pop("data", b"\xff\xd8 a picture")
    assert isinstance(data, bytes)
    fields: dict[str, Any] = {
        "item_id": "item-1",
        "camera": "top",
        "frame_id": "item-1-top-0",
        "captured_at": AT,
        "captured_mono_ns": 1,
        "boot_id": "boot",
        "deadline_mono_ns": 2,
        "published_mono_ns": 2,
        "width_px": 4,
        "height_px": 2,
        "encoding": "jpeg",
        "sha256": hashlib.sha256(data).hexdigest(),
        "source": "duck.jpg",
    }
    return c.Frame(**{**fields, **changes}, data=memoryview(data))


def item_of(**changes: object) -> c.Item:
    """An item that is OK."""
    fields: dict[str, Any] = {
        "item_id": "item-1",
        "part_id": "duck-1",
        "seq": 1,
        "verdict": "OK",
        "reason": "rules",
        "finding": None,
        "borderline": False,
        "triggered_at": AT,
        "decided_at": AT,
        "latency_ms": 12.5,
        "deadline_met": True,
        "duplicate": False,
        "recipe": "",
        "station": "line-1",
        "trigger": {"part_id": "duck-1", "seq": 1},
        "number": 1,
        "findings": (),
        "captured": (),
        "frame_ids": (),
        "predictions": (),
        "timings_ms": {},
        "config_sha256": "0" * 64,
        "record_seq": 1,
    }
    return c.Item(**{**fields, **changes})


@pytest.fixture
def make_frame() -> Callable[..., c.Frame]:
    """Makes frames."""
    return frame_of


@pytest.fixture
def make_item() -> Callable[..., c.Item]:
    """Makes items."""
    return item_of


@pytest.fixture
def frame_entry() -> Callable[..., FrameEntry]:
    """Makes frames as they wait for the disk."""

    def make(**changes: object) -> FrameEntry:
        frame = frame_of(**changes)
        return read_frame(c.encode(frame), frame.camera)

    return make


@pytest.fixture
def item_entry() -> Callable[..., ItemEntry]:
    """Makes items as they wait for the disk."""

    def make(**changes: object) -> ItemEntry:
        return read_item(c.encode(item_of(**changes)))

    return make


@pytest.fixture
def station_folder(tmp_path: Path) -> Path:
    """A station that records into its folder `data`, with nothing recorded."""
    (tmp_path / "station.toml").write_text(STATION)
    (tmp_path / "images").mkdir()
    return tmp_path
