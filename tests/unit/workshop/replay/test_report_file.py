"""A report on the disk: the whole of it or nothing."""

from pathlib import Path

import pytest

from okko.errors import ConfigError
from workshop.replay.report_file import check_place, write


def test_a_report_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    """Readable for whom the umask lets, and nothing else is left."""
    file = tmp_path / "r.html"
    file.write_text("old")
    mode = file.stat().st_mode
    write(file, "näw")
    assert file.read_text(encoding="utf-8") == "näw"
    assert file.stat().st_mode == mode
    assert list(tmp_path.iterdir()) == [file]


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    """Here for a text that no UTF-8 has; a full disk is the same to it."""
    file = tmp_path / "r.html"
    file.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write(file, "\ud800")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_place_where_nothing_can_be_is_told_before_the_work(tmp_path: Path) -> None:
    """Not after an hour."""
    check_place(tmp_path / "r.html")
    with pytest.raises(ConfigError, match="there is no folder"):
        check_place(tmp_path / "none" / "r.html")
