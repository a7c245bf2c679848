import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workshop.teaching.versions import next_version, write_version


def _write(folder: Path, version: str) -> None:
    (folder / "model.toml").write_text(f'version = "{version}"\n')


def test_each_version_has_a_folder_of_its_own(tmp_path: Path) -> None:
    """Counted on from the highest that is there; none is overwritten."""
    folder = tmp_path / "models"
    made = [write_version(folder, "top-taught", _write) for _ in range(3)]
    assert [path.name for path in made] == ["top-taught-1", "top-taught-2", "top-taught-3"]
    shutil.rmtree(made[1])
    assert write_version(folder, "top-taught", _write).name == "top-taught-4"
    assert (made[0] / "model.toml").read_text() == 'version = "1"\n'
    assert next_version(folder, "top") == 1


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    """No half bundle, and no folder that was not there before."""

    def fail(folder: Path, _version: str) -> None:
        (folder / "model.toml").write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_version(tmp_path / "models", "top", fail)
    assert list(tmp_path.iterdir()) == []


def test_a_writer_that_is_killed_leaves_no_bundle(tmp_path: Path) -> None:
    """Only a beginning under another name, which the next one takes away; the version is used again."""
    program = (
        "import os, sys; from pathlib import Path; from workshop.teaching.versions import write_version\n"
        "def write(folder, version):\n"
        "    (folder / 'model.toml').write_text('half'); os.kill(os.getpid(), 9)\n"
        "write_version(Path(sys.argv[1]), 'top', write)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert list(tmp_path.glob("top-*")) == []
    assert write_version(tmp_path, "top", _write).name == "top-1"
    assert [path.name for path in tmp_path.iterdir()] == ["top-1"]


def test_two_at_once_get_two_versions(tmp_path: Path) -> None:
    """Whoever is second waits for the first."""
    program = (
        "import sys; from pathlib import Path; from workshop.teaching.versions import write_version\n"
        "for _ in range(10): write_version(Path(sys.argv[1]), 'top', lambda f, v: (f / 'v').write_text(v))"
    )
    both = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"top-{number}" for number in range(1, 21))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    command = [mount or "", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if not (mount and umount) or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no right to mount a small file system here")
    yield folder
    subprocess.run([umount, "--lazy", folder], check=True)


def test_a_full_disk_leaves_the_versions_that_there_are(small_disk: Path) -> None:
    """The one that did not fit is gone, the one before is whole."""
    write_version(small_disk, "top", lambda folder, _: _fill(folder, 400_000))
    with pytest.raises(OSError, match="No space left"):
        write_version(small_disk, "top", lambda folder, _: _fill(folder, 900_000))
    assert [path.name for path in small_disk.iterdir()] == ["top-1"]
    assert (small_disk / "top-1" / "model").stat().st_size == 400_000
    assert write_version(small_disk, "top", _write).name == "top-2"


def _fill(folder: Path, size: int) -> None:
    (folder / "model").write_bytes(bytes(size))
