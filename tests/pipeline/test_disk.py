"""A disk that fills up, on a real small file system: what goes, what stays, what is said, and that the line goes on."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from line import BuildStation, Line, wait_until_ready
from waiting import eventually

PICTURE_BYTES = 250_000
DISK_BYTES = 48_000_000

STATION = """
[[camera]]
name = "top"
source = {{ kind = "folder", path = "{images}", loop = true }}
[[model]]
bundle = "{bundle}"
cameras = ["top"]
[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"
[recorder]
path = "{disk}/data"
[recorder.retention]
min_free_percent = {free}
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 48 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if (
        not (mount and umount)
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", folder], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("only root may mount a small file system, and not in every container")
    yield folder
    subprocess.run([umount, "--lazy", folder], check=True)


@pytest.fixture
def images(tmp_path: Path, shared_data: Path) -> Path:
    """Good and bad castings in turn, each as large as a picture of a real camera."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for kind, count in (("OK", 6), ("KO", 2)):
        pictures = sorted((shared_data / f"images/casting_subset/train/{kind}").iterdir())
        for number, picture in enumerate(pictures[:count]):
            content = picture.read_bytes()
            # A JPEG may have anything after its end.
            (folder / f"{number}-{kind}{picture.suffix}").write_bytes(content + bytes(PICTURE_BYTES - len(content)))
    return folder


class Events:
    """What the station says to people from now on."""

    def __init__(self, line: Line) -> None:
        self._ear = line.listen("event", seconds=600)

    @property
    def codes(self) -> list[str]:
        """The codes so far, in order."""
        return [json.loads(text)["code"] for text in self._ear.so_far()]

    def until(self, code: str) -> None:
        """Until this one came."""
        eventually(lambda: code in self.codes, f"no {code}")


def _with_images(items: list[dict[str, Any]], verdict: str) -> list[bool]:
    return [bool(item["frames"]) for item in items if item["verdict"] == verdict]


def test_the_oldest_ok_images_make_room(build_station: BuildStation, casting: Path, disk: Path, images: Path) -> None:
    """More comes than fits: people are warned first, then OK images go, the oldest first; no KO image, and no item."""
    (disk / "others").write_bytes(bytes(DISK_BYTES // 4))
    line = build_station(STATION.format(images=images, bundle=casting, disk=disk, free=15))
    events = Events(line)
    first = line.trigger("--count", "4", "--rate", "10")
    golden = next(verdict["item_id"] for verdict in first if verdict["verdict"] == "OK")
    labelled = line.run("label", str(line.folder), golden, "OK", "--golden", "--by", "shift-2")
    assert labelled.returncode == 0, labelled.stderr
    verdicts = line.trigger("--count", "110", "--rate", "12", "--part-prefix", "more")
    items = line.items(114)
    assert len(verdicts) == 110
    events.until("retention_removed")
    codes = events.codes
    assert codes.index("disk_low") < codes.index("retention_removed")
    assert "retention_forced" not in codes
    assert "Traceback" not in line.log()

    assert all(_with_images(items, "KO"))
    kept = _with_images([item for item in items if item["item_id"] != golden], "OK")
    assert False in kept
    assert True in kept
    assert kept == sorted(kept), "an older OK image was kept instead of a newer one"
    assert {item["gone"]["why"] for item in items if item["gone"]} == {"min_free_percent"}
    (by_label,) = [item for item in items if item["item_id"] == golden]
    assert by_label["frames"]


def test_on_a_full_disk_the_line_goes_on(build_station: BuildStation, casting: Path, disk: Path, images: Path) -> None:
    """Another program takes all there is: each trigger has its verdict, and with room again each item is recorded."""
    line = build_station(STATION.format(images=images, bundle=casting, disk=disk, free=0))
    events = Events(line)
    line.trigger("--count", "3", "--rate", "10")
    line.items(3)
    ballast = disk / "ballast"
    _fill(ballast)
    verdicts = line.trigger("--count", "30", "--rate", "10", "--part-prefix", "full")
    assert len(verdicts) == 30
    assert {verdict["reason"] for verdict in verdicts} == {"rules"}
    events.until("disk_full")
    events.until("journal_degraded")
    assert line.listen("ready", count=1).heard() == ["1"]

    ballast.unlink()
    items = line.items(33)
    assert len({item["item_id"] for item in items}) == 33
    events.until("store_recovered")
    events.until("journal_back")
    assert all(item["frames"] for item in items)
    after = line.trigger("--count", "3", "--rate", "10", "--part-prefix", "after")
    assert len(after) == 3


def test_a_station_that_wants_its_record_is_not_ready_without(
    build_station: BuildStation, casting: Path, disk: Path, images: Path
) -> None:
    """With `ready_needs_recorder`: 0 while the disk is full, 1 when there is room again; verdicts all the while."""
    text = STATION.format(images=images, bundle=casting, disk=disk, free=0)
    line = build_station(text, more="ready_needs_recorder = true\n")
    ballast = disk / "ballast"
    _fill(ballast)
    events = Events(line)
    assert len(line.trigger("--count", "5", "--rate", "10")) == 5
    events.until("disk_full")
    eventually(lambda: line.listen("ready", count=1).heard() == ["0"])
    ballast.unlink()
    wait_until_ready(line)
    line.items(5)


def test_agents_start_on_a_full_disk(build_station: BuildStation, casting: Path, disk: Path, images: Path) -> None:
    """A station that was stopped, and whose disk is full when it starts again, judges all the same."""
    line = build_station(STATION.format(images=images, bundle=casting, disk=disk, free=10))
    line.trigger("--count", "20", "--rate", "20")
    line.items(20)
    assert line.stop() == 0
    _fill(disk / "ballast")
    line.start()
    wait_until_ready(line)
    verdicts = line.trigger("--count", "10", "--rate", "10", "--part-prefix", "again")
    assert {verdict["reason"] for verdict in verdicts} == {"rules"}
    (disk / "ballast").unlink()
    line.items(30)


def _fill(ballast: Path) -> None:
    """Write until the disk takes no more byte."""
    for size in (1 << 20, 1 << 12, 1):
        try:
            with ballast.open("ab", buffering=0) as file:
                while True:
                    file.write(bytes(size))
        except OSError:
            pass
