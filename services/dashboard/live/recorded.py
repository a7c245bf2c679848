"""The frames of an item from the record, for a page that is opened while no part comes."""

import sqlite3
from pathlib import Path

import cv2
import msgspec

from okko import contracts as c
from okko.errors import ConfigError, ContractError
from okko.watch.seen import Shot, shot_of
from recorder.reader import StoredFrame, open_store
from recorder.search import found_at, place_of

_roi = msgspec.json.Decoder(tuple[float, float, float, float]).decode


def recorded_shots(data: Path, item_id: str) -> dict[str, Shot]:
    """What each camera saw of an item, by the record in `data`; empty where it has no such item, or cannot be read.

    A camera whose frame is gone is left out: the page shows the next one.
    """
    try:
        with open_store(data) as store:
            place = place_of(store, item_id) if store is not None else None
            found = found_at(store, [place]) if store is not None and place is not None else []
        if not found:
            return {}
        item = c.decode(c.Item, found[0].item.item.encode())
        frames = [frame_of(data, stored, item) for stored in found[0].item.frames]
    except (sqlite3.Error, ConfigError, ContractError, OSError, msgspec.MsgspecError):
        return {}  # the items page says what is wrong with a record; this one goes on without
    return {frame.camera: shot_of(frame, item) for frame in frames if frame is not None}


def frame_of(data: Path, stored: StoredFrame, item: c.Item) -> c.Frame | None:
    """A stored frame as it was published; None where its file is no picture.

    Raises:
        OSError: if its file cannot be read.
    """
    file = data / stored.path
    if stored.encoding == "raw-bgr8":
        image = cv2.imread(str(file), cv2.IMREAD_COLOR)  # kept as BMP
        if image is None:
            return None
        content = image.tobytes()
    else:
        content = file.read_bytes()
    return c.Frame(
        item_id=item.item_id,
        camera=stored.camera,
        frame_id=stored.frame_id,
        captured_at=item.triggered_at,
        captured_mono_ns=0,
        boot_id="",
        deadline_mono_ns=0,
        published_mono_ns=0,
        width_px=stored.width_px,
        height_px=stored.height_px,
        encoding=stored.encoding,
        data=memoryview(content),
        sha256=stored.sha256,
        roi=_roi(stored.roi) if stored.roi else None,
    )
