"""The outbox's files: whole or not there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from camera_agent import frames
from camera_agent.outbox_folder import OutboxFolder
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


def test_a_torn_file_is_not_readable(tmp_path: Path, payload: bytes) -> None:
    """A power cut leaves half a file; it is no frame."""
    (tmp_path / "torn.msgpack").write_bytes(payload[: len(payload) // 2])
    assert OutboxFolder(tmp_path).read("torn") is None


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path, payload: bytes) -> None:
    """Writing fails with the system's reason."""
    with pytest.raises(OSError, match="No such file"):
        OutboxFolder(tmp_path / "gone").write("a", payload)
