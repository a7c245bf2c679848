"""Real parts through the whole station: every agent a process, a real broker, a real model."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from line import BuildStation

BARE_ACCURACY = 0.9091
"""Of the bare model on the same pictures, see the README of the shared data."""


@pytest.mark.timeout(300)
def test_every_casting_gets_its_verdict_and_is_recorded_byte_for_byte(
    build_station: BuildStation, casting: Path, shared_data: Path
) -> None:
    """715 real parts: 715 verdicts, 715 items with their pictures, as accurate as the bare model."""
    images = shared_data / "images/casting_subset/test"
    count = len(list(images.glob("*/*.jpeg")))
    line = build_station(f"""
[[camera]]
name = "top"
source = {{ kind = "folder", path = "{images}" }}
[[model]]
bundle = "{casting}"
cameras = ["top"]
[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"
min_score = 0.5
[recorder]
""")
    codes = line.listen("verdict/code", count=count, seconds=150)
    verdicts = line.trigger("--count", str(count), "--rate", "40")
    items = line.items(count)
    while not all(item["frames"] for item in items):  # some come again, for want of a receipt
        items = line.items(count)

    assert len(verdicts) == len(items) == count == 715
    assert len({item["item_id"] for item in items}) == count
    by_id = {verdict["item_id"]: verdict for verdict in verdicts}
    right = 0
    for item in items:
        verdict = by_id[item["item_id"]]
        assert {key: item[key] for key in verdict} == verdict
        (frame,) = item["frames"]
        recorded = Path(frame["path"]).read_bytes()
        assert recorded == (images / frame["source"]).read_bytes()
        assert hashlib.sha256(recorded).hexdigest() == frame["sha256"]
        assert item["frame_ids"] == [frame["frame_id"]]
        right += Path(frame["source"]).parent.name == item["verdict"]
    assert right / count == pytest.approx(BARE_ACCURACY, abs=0.005)
    said = {(code[3:13], code[17:]): code[:2] for code in codes.heard()}
    assert said == {(f"{v['seq']:010d}", v["part_id"]): v["verdict"] for v in verdicts}


@pytest.mark.parametrize(
    ("name", "model", "manifest"),
    [
        (
            "ssd",
            "coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.tflite",
            '[input]\nmean = 128.0\nstd = 128.0\n[decoder]\nkind = "ssd"\nmin_score = 0.5\n',
        ),
        (
            "yolo",
            "vio_yolo_coco_nano_int8.tflite",
            'labels_file = "labels.txt"\n[input]\nresize = "letterbox"\nstd = 255.0\n[decoder]\nkind = "yolo"\n',
        ),
    ],
    ids=["ssd", "yolo"],
)
def test_a_detector_finds_the_animals(  # noqa: PLR0917 - a table of two detectors
    build_station: BuildStation, bundle: Callable[..., Path], shared_data: Path, name: str, model: str, manifest: str
) -> None:
    """A third-party detector in a station of its own: the cat's picture is OK, the dogs' is KO for want of a cat."""
    folder = bundle(name, shared_data / "models/thirdparty" / model, manifest)
    (folder / "labels.txt").write_text("\n".join(COCO))
    pictures = folder.parent / "pictures"
    pictures.mkdir()
    for source in ("cat.bmp", "pets.jpg"):
        (pictures / source).write_bytes((shared_data / "images/sample_photos" / source).read_bytes())
    line = build_station(f"""
[[camera]]
name = "top"
source = {{ kind = "folder", path = "{pictures}" }}
[[model]]
bundle = "{folder}"
cameras = ["top"]
[[rule]]
kind = "min_count"
camera = "top"
label = "cat"
count = 1
min_score = 0.5
[recorder]
""")
    verdicts = line.trigger("--count", "2", "--rate", "4")
    by_part = {verdict["part_id"]: verdict for verdict in verdicts}
    assert by_part["part-1"]["verdict"] == "OK"
    assert (by_part["part-2"]["verdict"], by_part["part-2"]["finding"]) == ("KO", "top: 0 x cat, at least 1")
    seen = {frame["source"]: item["predictions"][0]["detections"] for item in line.items(2) for frame in item["frames"]}
    sure = {source: [d["label"] for d in found if d["score"] >= 0.5] for source, found in seen.items()}
    assert sure["cat.bmp"].count("cat") == 1
    assert sure["pets.jpg"].count("dog") == 2
    assert "cat" not in sure["pets.jpg"]
    for detections in seen.values():
        assert all(0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1 for x0, y0, x1, y1 in (d["box"] for d in detections))


COCO = ["person", *(f"thing {i}" for i in range(1, 15)), "cat", "dog", *(f"thing {i}" for i in range(17, 80))]
"""The labels that matter of the 80, in their places."""
