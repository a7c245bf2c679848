"""A group is on the disk, whole, when `keep` returns, and not at all when it raises."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from okko.errors import ConfigError
from recorder import retention
from recorder.archive import Archive
from recorder.migrations import FILE_NAME
from recorder.records import Entry, FrameEntry, ItemEntry

FrameMaker = Callable[..., FrameEntry]
ItemMaker = Callable[..., ItemEntry]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An empty data folder."""
    opened = Archive.open(tmp_path / "data")
    yield opened
    opened.close()


def _rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(folder / "data" / FILE_NAME) as connection:
        return connection.execute(sql).fetchall()


def test_frames_and_items_are_kept_and_named(
    archive: Archive, frame_entry: FrameMaker, item_entry: ItemMaker, tmp_path: Path
) -> None:
    """The ids for the receipts come back; the file is the frame's data and the store has its hash."""
    kept = archive.keep([frame_entry(), item_entry()])
    assert (kept.frames, kept.items) == ((("top", "item-1-top-0"),), ("item-1",))
    ((path, sha256),) = _rows(tmp_path, "SELECT path, sha256 FROM frames")
    content = (tmp_path / "data" / path).read_bytes()
    assert content == b"\xff\xd8 a picture"
    assert hashlib.sha256(content).hexdigest() == sha256


def test_raw_pixels_have_the_hash_of_the_file_and_of_the_frame(
    archive: Archive, frame_entry: FrameMaker, tmp_path: Path
) -> None:
    """The file can be checked by anyone, and the frame against what the camera said."""
    image = np.arange(5 * 3 * 3, dtype=np.uint8).reshape(3, 5, 3)
    entry = frame_entry(encoding="raw-bgr8", width_px=5, height_px=3, data=image.tobytes())
    archive.keep([entry])
    ((path, sha256, frame_sha256, size),) = _rows(tmp_path, "SELECT path, sha256, frame_sha256, size_bytes FROM frames")
    file = tmp_path / "data" / path
    assert np.array_equal(cv2.imread(str(file)), image)  # type: ignore[arg-type] # None fails as it should
    assert hashlib.sha256(file.read_bytes()).hexdigest() == sha256
    assert (frame_sha256, size) == (entry.frame.sha256, file.stat().st_size)


def test_what_comes_again_is_receipted_again(archive: Archive, frame_entry: FrameMaker, item_entry: ItemMaker) -> None:
    """In a later group or in the same one; the receipt may have been lost on its way."""
    group: list[Entry] = [frame_entry(), item_entry()]
    archive.keep([*group, *group])
    again = archive.keep(group)
    assert (again.frames, again.items) == ((("top", "item-1-top-0"),), ("item-1",))
    assert (again.new_frames, again.new_items, again.contradicting) == (0, 0, ())


@pytest.mark.parametrize("change", [{"data": b"another picture"}, {"captured_at": "2020-01-01T00:00:00Z"}])
def test_a_frame_is_never_overwritten(
    archive: Archive, frame_entry: FrameMaker, tmp_path: Path, change: dict[str, bytes | str]
) -> None:
    """Another picture under the same id is told, receipted, and not kept: the first one stands."""
    archive.keep([frame_entry()])
    assert archive.keep([frame_entry(**change)]).contradicting == ("item-1-top-0",)
    files = [file for file in (tmp_path / "data" / "images").rglob("*") if file.is_file()]
    assert [file.read_bytes() for file in files] == [b"\xff\xd8 a picture"]


def test_images_of_golden_parts_stay_as_labelled_ones_do(
    archive: Archive, frame_entry: FrameMaker, item_entry: ItemMaker, tmp_path: Path
) -> None:
    """What such a part is is known, as of one that a person has labelled: they go last, when nothing else is left."""
    for item_id, more in (("item-1", {}), ("item-2", {"golden": True, "expected": "OK"})):
        archive.keep([frame_entry(item_id=item_id, frame_id=f"{item_id}-top-0"), item_entry(item_id=item_id, **more)])
    assert _rows(tmp_path, "SELECT item_id, rank FROM frames ORDER BY item_id") == [
        ("item-1", retention.OK),
        ("item-2", retention.LABELLED),
    ]


def test_an_image_that_is_gone_comes_back_with_its_frame(
    archive: Archive, frame_entry: FrameMaker, tmp_path: Path
) -> None:
    """A record without its image is mended when the camera sends the frame again."""
    archive.keep([frame_entry()])
    ((path,),) = _rows(tmp_path, "SELECT path FROM frames")
    (tmp_path / "data" / path).unlink()
    archive.keep([frame_entry()])
    assert (tmp_path / "data" / path).exists()


def test_a_group_that_fails_leaves_no_image(archive: Archive, frame_entry: FrameMaker, tmp_path: Path) -> None:
    """When one image can't be written, those before it are removed again and none has a record."""
    images = tmp_path / "data" / "images"
    images.mkdir()
    (images / "2020-01-01").write_text("a file where a folder should be")
    with pytest.raises(OSError, match="2020-01-01"):
        archive.keep([frame_entry(), frame_entry(frame_id="other", captured_at="2020-01-01T00:00:00Z")])
    assert [file.name for file in images.rglob("*") if file.is_file()] == ["2020-01-01"]
    assert _rows(tmp_path, "SELECT path FROM frames") == []


@pytest.mark.usefixtures("archive")
def test_a_second_recorder_is_refused(tmp_path: Path) -> None:
    """Two writers would take each other's unfinished files away."""
    with pytest.raises(ConfigError, match="another recorder"):
        Archive.open(tmp_path / "data")
