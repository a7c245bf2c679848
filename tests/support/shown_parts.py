"""Pictures of parts to teach from: in a folder, and in a station's record with what people said of them."""

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path

import cv2
import numpy as np

from camera_agent.simulator.duck import make_duck
from camera_agent.simulator.kinds import ONE_SIDED
from camera_agent.simulator.render import render
from okko import contracts as c
from okko.clock import utc_text
from okko.image_header import read_size
from recorder.archive import Archive
from recorder.labels import LabelEntry
from recorder.records import Entry, read_frame, read_item

STATION = """
[station]
site = "test"
line = "line"
name = "station"

[broker]
url = "{url}"

[[camera]]
name = "top"
source = {{ kind = "simulator", seed = 5, defect_rate = 0.3 }}

[recorder]
"""


def write_station(folder: Path, url: str = "mqtt://127.0.0.1:1") -> Path:
    """A station with a camera `top` and no model."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "station.toml").write_text(STATION.format(url=url))
    return folder


def small_picture(number: int, size: tuple[int, int] = (64, 48)) -> bytes:
    """A JPEG of noise, another one for each number."""
    pixels = np.random.default_rng(number).integers(0, 255, (size[1], size[0], 3), np.uint8)
    return cv2.imencode(".jpg", pixels)[1].tobytes()


def draw_ducks(seed: int, good: int, ko: int = 0) -> tuple[list[bytes], list[bytes]]:
    """Good ducks and bad ones from the left, as JPEG of 640 x 480; none whose defect is on its other side."""
    found: tuple[list[bytes], list[bytes]] = ([], [])
    number = 0
    while len(found[0]) < good or len(found[1]) < ko:
        number += 1
        duck = make_duck(seed, number, defect_rate=0.3)
        bad = duck.defect is not None
        if len(found[bad]) < (ko if bad else good) and not (duck.defect and duck.defect.kind in ONE_SIDED):
            found[bad].append(cv2.imencode(".jpg", render(duck, "left"), (cv2.IMWRITE_JPEG_QUALITY, 90))[1].tobytes())
    return found


def write_folder(folder: Path, pictures: Sequence[bytes]) -> Path:
    """The pictures as 000.jpg, 001.jpg, ..."""
    folder.mkdir(parents=True)
    for number, data in enumerate(pictures):
        (folder / f"{number:03d}.jpg").write_bytes(data)
    return folder


def frame_of(number: int, data: bytes, camera: str = "top") -> c.Frame:
    """The frame of item `item-<number>`, exposed at second `number`."""
    _, width, height = read_size(data) or ("jpeg", 1, 1)
    return c.Frame(
        item_id=f"item-{number}",
        camera=camera,
        frame_id=f"item-{number}-{camera}-0",
        captured_at=utc_text(number * 10**9),
        captured_mono_ns=1,
        boot_id="boot",
        deadline_mono_ns=2,
        published_mono_ns=2,
        width_px=width,
        height_px=height,
        encoding="jpeg",
        data=memoryview(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def record(
    data: Path,
    pictures: Sequence[bytes],
    labels: Sequence[str | None] = (),
    verdict: str = "OK",
    golden: Collection[int] = (),
) -> None:
    """Item 1, 2, ... with a picture of camera `top` each, and of those that have one their label; some golden parts."""
    archive = Archive.open(data)
    entries: list[Entry] = []
    for number, picture in enumerate(pictures, start=1):
        frame = frame_of(number, picture)
        entries += [
            read_frame(c.encode(frame), "top"),
            read_item(c.encode(_item(number, verdict, golden=number in golden))),
        ]
    archive.keep(entries)
    archive.keep(
        [
            LabelEntry(f"r{number}", f"item-{number}", label, None, "tester", 0)
            for number, label in enumerate(labels, start=1)
            if label is not None
        ]
    )
    archive.settle()
    archive.close()


def _item(number: int, verdict: str, *, golden: bool) -> c.Item:
    at = utc_text(number * 10**9)
    frame_id = f"item-{number}-top-0"
    captured = c.Captured(
        item_id=f"item-{number}", camera="top", frame_id=frame_id, captured_at=at, captured_mono_ns=1, boot_id="boot"
    )
    return c.Item(
        item_id=f"item-{number}",
        part_id=f"duck-{number}",
        seq=number,
        verdict=verdict,  # type: ignore[arg-type] # as given
        reason="rules",
        finding=None,
        borderline=False,
        triggered_at=at,
        decided_at=at,
        latency_ms=1.0,
        deadline_met=True,
        duplicate=False,
        golden=golden,
        recipe="",
        station="station",
        trigger="",
        number=number,
        findings=(),
        captured=(captured,),
        frame_ids=(frame_id,),
        predictions=(),
        timings_ms={},
        config_sha256="0" * 64,
        record_seq=number,
    )
