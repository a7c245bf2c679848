"""A file is replaced as a whole, or stays what it was."""

import os
from pathlib import Path

import pytest

from okko.durable_file import replace_file


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    """Made where there was none, and replaced where there was one."""
    file = tmp_path / "models.toml"
    for content in (b"one", b"another"):
        replace_file(file, content)
        assert file.read_bytes() == content
    assert list(tmp_path.iterdir()) == [file]


def test_a_disk_that_does_not_take_it_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error comes through, and no half file stays."""
    file = tmp_path / "models.toml"
    replace_file(file, b"one")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(file, b"another")
    assert file.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [file]
