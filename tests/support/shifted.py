"""A station with a record of one shift, made by the recorder's own store: what a report is made of."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from okko import contracts as c
from recorder.labels import LabelEntry
from recorder.records import FrameRow, read_item
from recorder.store import Store

BEGIN = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)
"""14:00 in Madrid: the second shift."""

SHIFT = "2026-11-25/2"
STATION = """
[station]
site = "canario"
line = "ducks"
name = "line-1"
[[camera]]
name = "top"
source = { kind = "simulator" }
[recorder]
path = "data"
[dashboard]
target_per_min = 30
shifts = ["06:00", "14:00", "22:00"]
"""
MODEL = c.ModelRef(name="duck-quality", version="1.2.0", sha256="5" * 64)


def write_station(folder: Path, text: str = STATION) -> Path:
    """The station's folder, with its file."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "station.toml").write_text(text, encoding="utf-8")
    return folder


def item(number: int, minute: float, **changes: Any) -> c.Item:
    """The item of that number, decided so many minutes after the shift began; OK, unless said otherwise."""
    at = BEGIN + timedelta(minutes=minute)
    text = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    item_id = f"{at:%Y%m%dT%H%M%S%f}-{number:04x}"
    fields: dict[str, Any] = {
        "item_id": item_id,
        "part_id": f"duck-{number}",
        "seq": number,
        "verdict": "OK",
        "reason": "rules",
        "finding": None,
        "borderline": False,
        "triggered_at": text,
        "decided_at": text,
        "latency_ms": 20.0 + number,
        "deadline_met": True,
        "duplicate": False,
        "recipe": "default",
        "station": "line-1",
        "trigger": {"part_id": f"duck-{number}"},
        "number": number,
        "findings": (),
        "captured": (c.Captured(item_id=item_id, camera="top", captured_at=text, captured_mono_ns=1, boot_id="b"),),
        "frame_ids": (f"{item_id}.top",),
        "predictions": (
            c.Prediction(
                item_id=item_id,
                camera="top",
                frame_id=f"{item_id}.top",
                model=MODEL,
                task="detection",
                detections=(c.Detection(label="dent", score=0.9, box=(0.25, 0.25, 0.5, 0.5)),),
            ),
        ),
        "timings_ms": {},
        "config_sha256": "a" * 64,
        "record_seq": number,
    }
    return c.Item(**{**fields, **changes})


def ko(number: int, minute: float, finding: str = "top: dent 0.900 > 0.5", **changes: Any) -> c.Item:
    """A KO one."""
    found = c.Finding(rule="unexpected_label", camera="top", verdict="KO", text=finding)
    given = {"verdict": "KO", "finding": finding, "findings": (found,), **changes}
    return item(number, minute, **given)


def record(
    station: Path, items: Sequence[c.Item], *, pictures: Sequence[c.Item] = (), labels: dict[str, str] | None = None
) -> None:
    """Put items into the station's record; `pictures`: those whose frames are there, `labels` by item."""
    data = station / "data"
    store = Store.open(data)
    store.add([read_item(c.encode(one)).row for one in items], [_frame(data, one) for one in pictures])
    said = [LabelEntry("r", item_id, label, None, "ana", 1) for item_id, label in (labels or {}).items()]
    store.add([], [], said)
    store.close()


def _frame(data: Path, of: c.Item) -> FrameRow:
    grey = np.full((240, 320, 3), 120, np.uint8)
    jpeg = cv2.imencode(".jpg", grey)[1].tobytes()
    path = f"images/2026-11-25/13/{of.item_id}.top.jpg"
    file = data / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(jpeg)
    sha256 = hashlib.sha256(jpeg).hexdigest()
    return FrameRow(
        frame_id=f"{of.item_id}.top",
        item_id=of.item_id,
        camera="top",
        shot=0,
        captured_ms=round(BEGIN.timestamp() * 1000),
        path=path,
        size_bytes=len(jpeg),
        sha256=sha256,
        frame_sha256=sha256,
        source="simulator",
        encoding="jpeg",
        width_px=320,
        height_px=240,
        roi=None,
        exposure_us=None,
        gain=None,
    )
