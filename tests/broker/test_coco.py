"""`okko coco` against a real recorder on a real broker: ten thousand annotations in, and out again."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents import Agent, write_station
from items import AT, item
from okko import contracts as c
from recorder.archive import Archive
from recorder.records import read_frame, read_item
from running_broker import RunningBroker
from waiting import eventually

FRAMES = 200
A_FRAME = 50


def _okko(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "okko", *arguments], capture_output=True, text=True, check=False)


def _frame(number: int) -> c.Frame:
    data = f"picture {number}".encode()
    return c.Frame(
        item_id=f"item-{number:06d}",
        camera="top",
        frame_id=f"frame-{number:06d}",
        captured_at=AT,
        captured_mono_ns=1,
        boot_id="boot",
        deadline_mono_ns=2,
        published_mono_ns=2,
        width_px=640,
        height_px=480,
        encoding="jpeg",
        data=memoryview(data),
        sha256=hashlib.sha256(data).hexdigest(),
        source=f"ducks/duck-{number}.jpg",
    )


def _document(count: int) -> dict[str, Any]:
    """As a tool writes it that knows nothing of okko: images by the names that the export gave them."""
    boxes = [(number, at) for number in range(count) for at in range(A_FRAME)]
    return {
        "images": [
            {"id": number, "file_name": f"frame-{number:06d}.jpg", "width": 640, "height": 480}
            for number in range(count)
        ],
        "categories": [{"id": 1, "name": "dent"}, {"id": 2, "name": "crack"}],
        "annotations": [
            {
                "id": 1 + at + number * A_FRAME,
                "image_id": number,
                "category_id": 1 + at % 2,
                "bbox": [at, number, 64, 48],
                "segmentation": [[at, number, at + 64, number, at + 64, number + 48]],
                "iscrowd": 0,
            }
            for number, at in boxes
        ],
    }


def test_ten_thousand_annotations_come_and_go(
    tmp_path: Path, broker: RunningBroker, start_agent: Callable[..., Agent]
) -> None:
    """What is imported is exported; what the record does not have is named; and images can be taken along."""
    folder = write_station(tmp_path / "station", broker.url)
    archive = Archive.open(folder / "data")
    for number in range(FRAMES):
        frame = read_frame(c.encode(_frame(number)), "top")
        archive.keep([read_item(item(number)), frame])
    archive.close()
    station = str(folder)
    recorder = start_agent("-m", "okko", "run", "recorder", station)
    eventually(lambda: "connected to" in recorder.log)
    drawn = tmp_path / "drawn.json"
    drawn.write_text(json.dumps(_document(FRAMES + 1)))

    taken = _okko("coco", "import", station, str(drawn), "--by", "anna")
    assert taken.stdout == f"{FRAMES * A_FRAME} annotations on {FRAMES} frames are in the record\n", taken
    assert (taken.returncode, taken.stderr.splitlines()) == (
        1,
        [
            "frame-000200.jpg: no recorded frame has this id, hash or name",
            "Error: 1 images or annotations were left out",
        ],
    )
    recorder.end()

    file, images = tmp_path / "coco.json", tmp_path / "images"
    gone = _okko("coco", "export", station, str(file), "--annotated", "--limit", "20", "--images", str(images))
    assert gone.stdout == f"20 images with {20 * A_FRAME} annotations of 2 classes are in {file}\n", gone
    document = json.loads(file.read_text())
    first = document["annotations"][0]
    assert {image["file_name"] for image in document["images"]} == {path.name for path in images.iterdir()}
    assert (first["bbox"], first["area"]) == ([0.0, 180.0, 64.0, 48.0], 64 * 48 / 2)
    assert [one["name"] for one in document["categories"]] == ["crack", "dent"]


def test_what_is_no_coco_file_is_refused(tmp_path: Path) -> None:
    """Before anybody is asked."""
    folder = str(write_station(tmp_path / "station", "mqtt://127.0.0.1:1"))
    (tmp_path / "no.json").write_text("[]")
    refused = _okko("coco", "import", folder, str(tmp_path / "no.json"))
    assert refused.returncode == 1
    assert "COCO file" in refused.stderr
