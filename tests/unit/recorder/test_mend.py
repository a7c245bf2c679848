"""What a crash left is found at the next start."""

import os
from collections.abc import Callable
from pathlib import Path

from recorder.archive import Archive
from recorder.images import UNFINISHED
from recorder.mend import Mended
from recorder.records import FrameEntry

HOUR = Path("images/2026-11-23/02")


def test_after_a_clean_stop_there_is_nothing_to_mend(tmp_path: Path, frame_entry: Callable[..., FrameEntry]) -> None:
    """Nothing is reported, since nothing is wrong."""
    first = Archive.open(tmp_path)
    first.keep([frame_entry()])
    first.close()
    second = Archive.open(tmp_path)
    assert not second.mend()
    second.close()


def test_what_a_crash_left_is_counted(tmp_path: Path, frame_entry: Callable[..., FrameEntry]) -> None:
    """Unfinished files are removed; an image without a record stays, for its frame comes again."""
    archive = Archive.open(tmp_path)
    archive.keep([frame_entry(frame_id="item-1-a"), frame_entry(frame_id="item-1-b")])
    (tmp_path / HOUR / f"{UNFINISHED}x.jpg").write_bytes(b"")
    (tmp_path / HOUR / "item-1-a.jpg").unlink()
    (tmp_path / HOUR / "unknown.jpg").write_bytes(b"duck")
    assert archive.mend() == Mended(unfinished=1, without_record=1, without_file=1)
    assert {file.name for file in (tmp_path / HOUR).iterdir()} == {"item-1-b.jpg", "unknown.jpg"}
    archive.close()


def test_years_of_images_are_not_walked(tmp_path: Path, frame_entry: Callable[..., FrameEntry]) -> None:
    """Folders that nothing was written to in the last minutes at work are left alone."""
    archive = Archive.open(tmp_path)
    archive.keep([frame_entry()])
    old = tmp_path / "images/2020-01-01/00"
    old.mkdir(parents=True)
    (old / "unknown.jpg").write_bytes(b"duck")
    os.utime(old, (0, 0))
    assert archive.mend().without_record == 0
    archive.close()
