"""Room that is kept back for a full disk, and how a full disk is told."""

import errno
import sqlite3
from pathlib import Path

import pytest

from okko.reserve import FILE_NAME, SIZE_BYTES, Reserve, is_full


def test_it_is_really_there_and_given_up_once(tmp_path: Path) -> None:
    """A file with a hole in it would give nothing back."""
    reserve = Reserve(tmp_path)
    assert not reserve.give()
    reserve.keep()
    reserve.keep()
    status = (tmp_path / FILE_NAME).stat()
    assert (status.st_size, status.st_blocks * 512 >= SIZE_BYTES) == (SIZE_BYTES, True)
    assert reserve.give()
    assert not reserve.give()


def test_a_folder_that_takes_nothing_is_no_trouble(tmp_path: Path) -> None:
    """It is tried again at the next start."""
    Reserve(tmp_path / "gone").keep()
    assert not Reserve(tmp_path / "gone").give()


def _sqlite(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "x"), True),
        (OSError(errno.EIO, "x"), False),
        (_sqlite(sqlite3.SQLITE_FULL), True),
        (_sqlite(sqlite3.SQLITE_IOERR), False),
    ],
)
def test_a_full_disk_is_told_from_a_failing_one(tmp_path: Path, error: Exception, *, full: bool) -> None:
    """Where there is room, by the error alone."""
    assert is_full(error, tmp_path) is full
