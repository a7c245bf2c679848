import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from okko.errors import ConfigError
from workshop.teaching.versions import check_place, next_version, write_version


def _write(folder: Path, version: str) -> None:
    folder.mkdir()
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


def test_a_place_that_takes_no_bundle_is_told_before_the_work(tmp_path: Path) -> None:
    """A file in the way, or a file system that nobody writes to; looking leaves nothing behind."""
    check_place(tmp_path / "not" / "yet")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "taught", Path("/proc/taught")):
        with pytest.raises(ConfigError, match="--to: no bundle can be written there"):
            check_place(place)


@pytest.mark.parametrize("named", [(), ("backbone/model.tflite", None, "models/.top-1/model.tflite")])
def test_what_fails_leaves_nothing(tmp_path: Path, named: tuple[str | None, ...]) -> None:
    """No half bundle, and no folder that was not there before; the folder is named, not what was copied into it."""

    def fail(_folder: Path, _version: str) -> None:
        raise OSError(28, "No space left on device", *named)

    with pytest.raises(OSError, match="No space") as caught:
        write_version(tmp_path / "models", "top", fail)
    assert caught.value.filename == str(tmp_path / "models")
    assert list(tmp_path.iterdir()) == []


def test_a_writer_that_is_killed_leaves_no_bundle(tmp_path: Path) -> None:
    """Only a beginning under another name, which the next one takes away; the version is used again."""
    program = (
        "import os, sys; from pathlib import Path; from workshop.teaching.versions import write_version\n"
        "def write(folder, version):\n"
        "    half = folder.with_name(f'.{folder.name}-x'); half.mkdir(); os.kill(os.getpid(), 9)\n"
        "write_version(Path(sys.argv[1]), 'top', write)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [path.name for path in tmp_path.iterdir()] == [".top-1-x"]
    assert write_version(tmp_path, "top", _write).name == "top-1"
    assert [path.name for path in tmp_path.iterdir()] == ["top-1"]


def test_two_at_once_get_two_versions(tmp_path: Path) -> None:
    """Whoever is second waits for the first."""
    program = (
        "import sys; from pathlib import Path; from workshop.teaching.versions import write_version\n"
        "for _ in range(10): write_version(Path(sys.argv[1]), 'top', lambda f, _: f.mkdir())"
    )
    both = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"top-{number}" for number in range(1, 21))
