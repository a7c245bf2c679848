"""The outbox's files: whole or not there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from camera_agent import frames
from camera_agent.outbox_folder import MAX_DAMAGED, DamagedFrame, OutboxFolder
from camera_agent.settings import CameraSettings
from camera_agent.shot import Shot
from camera_agent.sources.folder import FolderSource
from okko import contracts as c


@pytest.fixture
def payload(capture_of: Callable[..., c.Capture]) -> bytes:
    """A frame as it travels."""
    settings = CameraSettings(name="top", source=FolderSource(path=Path("images")))
    shot = Shot(1, 1, 1, 1, "a.jpg", encoded=b"bytes", encoding="jpeg")
    return frames.pack(settings, capture_of(), "item-1.top.0-0000", shot, {}).payload


def test_what_was_written_is_read(tmp_path: Path, payload: bytes) -> None:
    """The same bytes, until they are deleted."""
    folder = OutboxFolder(tmp_path / "outbox")
    assert folder.left_over() == ()
    folder.write("a", payload)
    assert folder.read("a") == payload
    folder.delete(("a", "never-there"))
    assert folder.read("a") is None


def test_left_overs_are_listed_oldest_first(tmp_path: Path, payload: bytes) -> None:
    """Unfinished files are removed, foreign ones left alone."""
    folder = OutboxFolder(tmp_path)
    for name in ("b", "a", "c"):
        folder.write(name, payload)
    (tmp_path / "torn.part").write_bytes(b"half")
    (tmp_path / "README").write_text("keep")
    assert folder.left_over() == (("b", len(payload)), ("a", len(payload)), ("c", len(payload)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README", "a.msgpack", "b.msgpack", "c.msgpack"]


@pytest.mark.parametrize("damage", ["empty", "torn", "another byte"])
def test_a_damaged_file_is_moved_aside(tmp_path: Path, payload: bytes, damage: str) -> None:
    """A power cut leaves half a file, or none of it; that is no frame, and it is not deleted."""
    broken = {"empty": b"", "torn": payload[:-9], "another byte": payload.replace(b"bytes", b"bites")}[damage]
    (tmp_path / "torn.msgpack").write_bytes(broken)
    folder = OutboxFolder(tmp_path)
    with pytest.raises(DamagedFrame) as caught:
        folder.read("torn")
    assert list(tmp_path.iterdir()) == [caught.value.aside]
    assert caught.value.aside.name.startswith("torn.damaged-2")
    assert caught.value.aside.read_bytes() == broken
    assert folder.left_over() == ()


def test_only_a_few_damaged_files_are_kept(tmp_path: Path) -> None:
    """The folder may be in memory: the oldest of them go."""
    folder = OutboxFolder(tmp_path)
    for number in range(MAX_DAMAGED + 5):
        (tmp_path / f"a{number}.msgpack").write_bytes(b"")
        with pytest.raises(DamagedFrame):
            folder.read(f"a{number}")
    assert len(list(tmp_path.iterdir())) == MAX_DAMAGED


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path, payload: bytes) -> None:
    """Writing fails with the system's reason."""
    with pytest.raises(OSError, match="No such file"):
        OutboxFolder(tmp_path / "gone").write("a", payload)
