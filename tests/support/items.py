"""Items as the decision agent publishes them, and a record that holds some."""

import json
from collections.abc import Iterable
from pathlib import Path

from recorder.records import read_item
from recorder.store import Store

AT = "2026-11-23T02:19:57.123Z"


def item(number: int, filler_bytes: int = 0) -> bytes:
    """Item `item-<number>` with this `record_seq`; its trigger carries as many bytes more."""
    return json.dumps(
        {
            "item_id": f"item-{number:06d}",
            "part_id": f"duck-{number}",
            "seq": number,
            "verdict": "OK",
            "reason": "rules",
            "finding": None,
            "borderline": False,
            "triggered_at": AT,
            "decided_at": AT,
            "latency_ms": 12.5,
            "deadline_met": True,
            "duplicate": False,
            "recipe": "default",
            "station": "station",
            "trigger": {"part_id": f"duck-{number}", "filler": "é" + "x" * filler_bytes},
            "number": number,
            "findings": [],
            "captured": [],
            "frame_ids": [],
            "predictions": [],
            "timings_ms": {},
            "config_sha256": "0" * 64,
            "record_seq": number,
        },
        indent=1,  # not as our own encoder would write it: what is stored must go up as it came
    ).encode()


def id_of(payload: bytes) -> str:
    """The `item_id` of an item."""
    item_id: str = json.loads(payload)["item_id"]
    return item_id


def record(station: Path, items: Iterable[bytes], *, uplink: bool = True) -> None:
    """Put items into a station's record, as a recorder did that ran before; `uplink`: they have not gone up."""
    folder = station / "data"
    folder.mkdir(exist_ok=True)
    store = Store.open(folder, uplink=uplink)
    store.add([read_item(payload).row for payload in items], [])
    store.close()


def waiting_ids(station: Path) -> list[str]:
    """The items that have not gone up, as the table has them."""
    store = Store.open(station / "data")
    rows = store._connection.execute(  # noqa: SLF001 - seen from outside, as a person with sqlite3 would
        "SELECT items.item_id FROM uplink JOIN items ON items.id = uplink.id ORDER BY uplink.record_seq"
    )
    found = [item_id for (item_id,) in rows]
    store.close()
    return found
