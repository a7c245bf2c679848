"""What a crash left is found and put in order, where a crash can have left it."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recorder import mend as mend_module
from recorder.archive import Archive
from recorder.images import UNFINISHED
from recorder.mend import Mended
from recorder.migrations import FILE_NAME
from recorder.records import FrameEntry, ItemEntry

HOUR = "images/2026-11-23/02"
ITEM = "20261123T021957123456-3f9a"
JPEG = b"\xff\xd8 a picture \xff\xd9"

FrameMaker = Callable[..., FrameEntry]


@pytest.fixture
def archive(tmp_path: Path, frame_entry: FrameMaker) -> Iterator[Archive]:
    """A record with two images, of a recorder that was killed."""
    first = Archive.open(tmp_path)
    first.keep([frame_entry(item_id=ITEM, frame_id=f"{ITEM}.top.{shot}-00ff", shot=shot, data=JPEG) for shot in (0, 1)])
    first.close()
    opened = Archive.open(tmp_path)
    yield opened
    opened.close()


def _rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(folder / FILE_NAME) as connection:
        return connection.execute(sql).fetchall()


def _image(folder: Path, shot: int) -> Path:
    return folder / HOUR / f"{ITEM}.top.{shot}-00ff.jpg"


def test_after_a_crash_that_left_nothing_there_is_nothing_to_mend(archive: Archive) -> None:
    """Nothing is told either."""
    assert not archive.mend()


def test_unfinished_and_empty_files_without_a_row_go(archive: Archive, tmp_path: Path) -> None:
    """Nobody was told that they are safe: their camera has them still."""
    (tmp_path / HOUR / f"{UNFINISHED}x.jpg").write_bytes(JPEG)
    _image(tmp_path, 7).write_bytes(b"")
    assert archive.mend() == Mended(unfinished=2)
    assert len(list((tmp_path / HOUR).iterdir())) == 2
    assert not archive.mend()


def test_a_whole_image_without_a_row_gets_one(
    archive: Archive, tmp_path: Path, frame_entry: FrameMaker, item_entry: Callable[..., ItemEntry]
) -> None:
    """By its name; and when its camera sends it again, with all that the camera says of it."""
    _image(tmp_path, 7).write_bytes(JPEG)
    assert archive.mend() == Mended(adopted=1)
    ask = "SELECT camera, shot, source, width_px, rank FROM frames WHERE shot = 7"
    assert _rows(tmp_path, ask) == [("top", 7, "", 0, 4)]
    assert _rows(tmp_path, "SELECT captured_ms FROM frames WHERE shot = 7") == [(1795400397123,)]
    kept = archive.keep(
        [
            frame_entry(item_id=ITEM, frame_id=f"{ITEM}.top.7-00ff", shot=7, data=JPEG),
            item_entry(item_id=ITEM),
        ]
    )
    assert (kept.new_frames, kept.contradicting) == (1, ())
    assert _rows(tmp_path, ask) == [("top", 7, "duck.jpg", 4, 2)]
    assert _rows(tmp_path, "SELECT * FROM kept") == [(3, 3 * len(JPEG))]


def test_half_an_image_without_a_row_is_moved_aside(archive: Archive, tmp_path: Path) -> None:
    """It is not entered as an image, and not deleted."""
    _image(tmp_path, 7).write_bytes(JPEG[:-4] + bytes(4))
    assert archive.mend() == Mended(damaged=1)
    (aside,) = (tmp_path / "damaged").iterdir()
    assert aside.name.endswith(_image(tmp_path, 7).name)


@pytest.mark.parametrize("content", [b"", JPEG[:-3], bytes(len(JPEG))], ids=["empty", "short", "zeros"])
def test_a_row_whose_image_is_not_whole_says_so(
    archive: Archive, tmp_path: Path, frame_entry: FrameMaker, content: bytes
) -> None:
    """The file is moved aside, the row says damaged; if the camera has it yet, it is taken again."""
    _image(tmp_path, 1).write_bytes(content)
    assert archive.mend() == Mended(damaged=1)
    assert not _image(tmp_path, 1).exists()
    assert _rows(tmp_path, "SELECT shot, gone_why FROM frames ORDER BY shot") == [(0, None), (1, "damaged")]
    archive.keep([frame_entry(item_id=ITEM, frame_id=f"{ITEM}.top.1-00ff", shot=1, data=JPEG)])
    assert _image(tmp_path, 1).read_bytes() == JPEG
    assert _rows(tmp_path, "SELECT shot, gone_why FROM frames ORDER BY shot") == [(0, None), (1, None)]


def test_a_row_without_its_image_says_so(archive: Archive, tmp_path: Path) -> None:
    """And counts no longer as kept."""
    _image(tmp_path, 0).unlink()
    assert archive.mend() == Mended(missing=1)
    assert _rows(tmp_path, "SELECT gone_why FROM frames WHERE shot = 0") == [("missing",)]
    assert _rows(tmp_path, "SELECT images FROM kept") == [(1,)]


def test_other_files_are_left_alone(archive: Archive, tmp_path: Path) -> None:
    """What somebody put there is none of ours."""
    (tmp_path / HOUR / "notes.txt").write_text("look at these")
    (tmp_path / HOUR / "duck.jpg").write_bytes(JPEG)
    assert not archive.mend()
    assert (tmp_path / HOUR / "duck.jpg").exists()


def test_years_of_images_are_not_walked(archive: Archive, tmp_path: Path, frame_entry: FrameMaker) -> None:
    """Only the folders of the last group are; rows of earlier hours are known to have their files."""
    archive.mend()
    archive.keep([frame_entry(frame_id="later.top.0-00ff", captured_at="2026-11-23T03:00:00Z", data=JPEG)])
    _image(tmp_path, 0).unlink()
    (tmp_path / HOUR / f"{UNFINISHED}x.jpg").write_bytes(JPEG)
    assert not archive.mend()


def test_after_a_clean_stop_nothing_is_looked_at(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever stands in the folders: a start costs the same after a year."""
    archive.settle()
    (tmp_path / HOUR / f"{UNFINISHED}x.jpg").write_bytes(JPEG)
    looked: list[object] = []
    monkeypatch.setattr(os, "listdir", looked.append)
    monkeypatch.setattr(mend_module, "_what_is_wrong", lambda *_args, **_more: looked.append(1))
    assert not archive.mend()
    assert looked == []
