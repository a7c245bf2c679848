"""What a station does when a part of it is stopped, absent or wrong."""

import os
import signal
import struct
from pathlib import Path

from line import BuildStation, wait_until_ready
from two_cameras import TWO_CAMERAS, only_good
from waiting import eventually

PNG_HEADER = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR"


def test_with_one_of_two_cameras_stopped_nothing_is_ok(
    build_station: BuildStation, casting: Path, shared_data: Path, tmp_path: Path
) -> None:
    """A camera under SIGSTOP: every item KO; and when it goes on, its backlog makes no item OK that was not."""
    images = only_good(shared_data, tmp_path, casting)
    text = TWO_CAMERAS.format(images=images, bundle=casting)
    line = build_station(text, deadline_ms=2000, capture_window_ms=1000)
    before = line.trigger("--count", "10", "--rate", "10")
    assert any(verdict["verdict"] == "OK" for verdict in before)

    camera = line.pid("camera-right")
    os.kill(camera, signal.SIGSTOP)
    try:
        stopped = line.trigger("--count", "20", "--rate", "10", "--part-prefix", "stopped")
    finally:
        os.kill(camera, signal.SIGCONT)
    assert {verdict["verdict"] for verdict in stopped} == {"KO"}
    assert {verdict["reason"] for verdict in stopped} <= {"camera_fault", "deadline"}

    wait_until_ready(line)
    after = line.trigger("--count", "10", "--rate", "10", "--part-prefix", "after")
    assert any(verdict["verdict"] == "OK" for verdict in after)
    items = {item["item_id"]: item for item in line.items(40)}
    for verdict in stopped:
        assert items[verdict["item_id"]]["verdict"] == "KO"
    for item in items.values():
        if item["verdict"] == "OK":
            assert len(item["captured"]) == len(item["predictions"]) == 2
    assert len(items) == 40


def test_a_station_that_does_not_get_ready_says_why(build_station: BuildStation) -> None:
    """A folder without pictures: `okko up` waits, and tells what it waits for."""
    line = build_station('[[camera]]\nname = "top"\nsource = { kind = "folder", path = "images" }\n', start=False)
    (line.folder / "images").mkdir()
    line.begin()
    eventually(lambda: "not ready yet: " in line.log())
    (said,) = [text for text in line.log().splitlines() if "not ready yet: " in text]
    assert "camera top" in said or "camera-top" in said


def test_two_rules_of_one_kind_with_other_thresholds_both_hold(
    build_station: BuildStation, casting: Path, shared_data: Path, tmp_path: Path
) -> None:
    """The lower threshold lets a part pass, the higher one of the same kind does not: the part is KO, and by which."""
    images = only_good(shared_data, tmp_path, casting)
    line = build_station(f"""
[[camera]]
name = "top"
source = {{ kind = "folder", path = "{images}", loop = true }}
[[model]]
bundle = "{casting}"
cameras = ["top"]
[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"
min_score = 0.5
[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"
min_score = 0.9961
[recorder]
""")
    line.trigger("--count", "8", "--rate", "10")
    for item in line.items(8):
        score = item["predictions"][0]["scores"]["OK"]
        words = [finding["verdict"] for finding in item["findings"]]
        assert words == ["OK" if score >= 0.5 else "KO", "OK" if score >= 0.9961 else "KO"]
        assert item["verdict"] == ("OK" if words == ["OK", "OK"] else "KO")


def test_a_station_without_models_records_its_pictures(build_station: BuildStation, shared_data: Path) -> None:
    """Data set capture: every item is KO no_model, `ready` is 0, and every picture is kept."""
    images = shared_data / "images/casting_subset/test/OK"
    line = build_station(f"""
[[camera]]
name = "top"
source = {{ kind = "folder", path = "{images}" }}
[recorder]
""")
    ready = line.listen("ready", count=2, seconds=10)
    verdicts = line.trigger("--count", "5", "--rate", "10")
    assert {(verdict["verdict"], verdict["reason"]) for verdict in verdicts} == {("KO", "no_model")}
    frames = [frame for item in line.items(5) for frame in item["frames"]]
    assert [frame["source"] for frame in frames] == sorted(frame["source"] for frame in frames)
    assert all(Path(frame["path"]).read_bytes() == (images / frame["source"]).read_bytes() for frame in frames)
    assert len(frames) == 5
    assert set(ready.heard()) == {"0"}


def test_a_plc_hears_what_it_needs_over_mqtt_3_1_1(build_station: BuildStation, shared_data: Path) -> None:
    """`mosquitto_sub -V mqttv311` on `verdict/code`: fixed columns for triggers of every form, good and bad."""
    images = shared_data / "images/casting_subset/test/OK"
    line = build_station(f"""
[[camera]]
name = "top"
source = {{ kind = "folder", path = "{images}" }}
[recorder]
""")
    triggers = [
        (b"1042", "KO 0000000000 09 1042"),
        (b"true", "KO 0000000000 09 true"),
        (b'{"part_id":1', "KO 0000000000 07 "),
        (b"42\0\0", "KO 0000000000 09 42"),
        (bytes(range(256)) * 16, "KO 0000000000 07 "),
        (b"../x", "KO 0000000000 09 ../x"),
        (b"7 duck-7", "KO 0000000007 09 duck-7"),
        (b'{"seq": 8, "part_id": "duck-8", "mould": 3}', "KO 0000000008 09 duck-8"),
        (b'{"seq": 9, "part_id": "duck-9", "recipe": "swan"}', "KO 0000000009 08 duck-9"),
        (b"", "KO 0000000000 09 "),
    ]
    codes = line.listen("verdict/code", count=len(triggers))
    for payload, _ in triggers:
        line.publish("trigger", payload)
    assert sorted(codes.heard()) == sorted(code for _, code in triggers)
    items = line.items(len(triggers))
    assert [item["trigger"] for item in items if item["part_id"] == "duck-8"] == [
        {"seq": 8, "part_id": "duck-8", "mould": 3}
    ]


def test_pictures_that_cannot_be_judged_are_ko_and_the_station_goes_on(
    build_station: BuildStation, casting: Path, shared_data: Path, tmp_path: Path
) -> None:
    """Truncated, empty, text, GIF: KO image, recorded as they were; the good picture after them is judged."""
    good = next(iter(sorted((shared_data / "images/casting_subset/test/OK").iterdir()))).read_bytes()
    images = tmp_path / "pictures"
    images.mkdir()
    broken = {
        "1-truncated.jpg": good[: len(good) // 4],
        "2-empty.jpg": b"",
        "3-text.jpg": b"this is not a picture",
        "4-gif.png": b"GIF89a" + bytes([1, 0, 1, 0, 128]) + bytes(20),
        "5-bomb.png": PNG_HEADER + struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0) + bytes(4),
    }
    for name, data in {**broken, "6-good.jpg": good}.items():
        (images / name).write_bytes(data)
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
[recorder]
""")
    verdicts = line.trigger("--count", "6", "--rate", "5")
    by_part = {verdict["part_id"]: verdict for verdict in verdicts}
    for number, name in enumerate(broken, start=1):
        assert (by_part[f"part-{number}"]["verdict"], by_part[f"part-{number}"]["reason"]) == ("KO", "image"), name
    assert by_part["part-6"]["reason"] == "rules"
    sources = {frame["source"]: Path(frame["path"]).read_bytes() for item in line.items(6) for frame in item["frames"]}
    assert sources == {**broken, "6-good.jpg": good}
