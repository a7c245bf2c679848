"""Files are made safe from a power cut, and a folder has one recorder."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from okko.errors import ConfigError
from recorder.durable import Disk


def test_the_system_call_takes_our_descriptor(tmp_path: Path) -> None:
    """On this system the one call for all files succeeds."""
    with Disk(tmp_path) as disk:
        disk.sync([])


@pytest.mark.parametrize("code", [None, errno.ENOSYS])
def test_each_file_is_flushed_where_there_is_no_such_call(tmp_path: Path, code: int | None) -> None:
    """The fallback opens every file: one that is gone is noticed, one that is there is not."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_text("duck")
    with Disk(tmp_path, None if code is None else lambda _: code) as disk:
        disk.sync([tmp_path / "a" / "b"])
        with pytest.raises(FileNotFoundError):
            disk.sync([tmp_path / "a" / "c"])


def test_a_failed_flush_is_an_error(tmp_path: Path) -> None:
    """What the disk did not take is never said to be safe."""
    with Disk(tmp_path, lambda _: errno.EIO) as disk, pytest.raises(OSError, match="Input/output") as caught:
        disk.sync([])
    assert caught.value.errno == errno.EIO


def test_a_folder_has_one_recorder(tmp_path: Path) -> None:
    """A second one is refused while the first lives, and welcome once it was killed."""
    claim = (
        f"import time; from pathlib import Path; from recorder.durable import Disk; d = Disk(Path({str(tmp_path)!r}))"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", f"{claim}; d.claim(); print('mine', flush=True); time.sleep(60)"], stdout=subprocess.PIPE
    )
    with first, Disk(tmp_path) as second:
        assert first.stdout is not None
        first.stdout.readline()
        with pytest.raises(ConfigError, match="another recorder"):
            second.claim()
        first.kill()
        first.wait()
        second.claim()
