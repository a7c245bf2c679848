"""A sign of life: fresh after a beat, none where none is wanted, never in an agent's way."""

import logging
import os
from pathlib import Path

import pytest

from okko import heartbeat
from okko.heartbeat import FOLDER_VARIABLE, Heartbeat


def test_a_beat_makes_the_file_fresh(tmp_path: Path) -> None:
    """Its folder is made where there is none; an old file becomes a new one."""
    file = tmp_path / "new" / "folder" / "decision"
    heart = Heartbeat(file.parent, "decision")
    heart.beat()
    os.utime(file, (1, 1))
    heart.beat()
    assert file.stat().st_mtime > 1


def test_the_environment_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file an agent; without the variable, or with an empty one, none at all."""
    for folder in (None, "", str(tmp_path)):
        if folder is None:
            monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
        else:
            monkeypatch.setenv(FOLDER_VARIABLE, folder)
        heartbeat.from_environment("camera-left").beat()
        assert [path.name for path in tmp_path.iterdir()] == (["camera-left"] if folder else [])


def test_a_folder_that_cannot_be_written_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The agent goes on."""
    (tmp_path / "file").touch()
    heart = Heartbeat(tmp_path / "file", "decision")
    with caplog.at_level(logging.WARNING):
        heart.beat()
        heart.beat()
    assert len(caplog.records) == 1
    assert FOLDER_VARIABLE in caplog.text
