"""Image files are whole, below the data folder, and never overwritten by another picture."""

import hashlib
import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from okko.contracts import ID_PATTERN
from okko.errors import ContractError
from recorder.images import Images
from recorder.records import image_path

PATH = "images/2026-11-23/02/a.jpg"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60) | st.lists(st.sampled_from(["..", ".", "images", "", "a", "/etc", "\0"])).map("/".join))
def test_no_path_leads_out_of_the_folder_of_images(tmp_path: Path, path: str) -> None:
    """Whatever is asked for lies below `images`, or is refused."""
    try:
        placed = Images(tmp_path).place(path)
    except ContractError:
        return
    assert Path(os.path.normpath(placed)).is_relative_to(tmp_path.resolve() / "images")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.from_regex(re.compile(ID_PATTERN, re.ASCII), fullmatch=True), st.integers(-(10**13), 10**14))
def test_every_id_of_the_contract_is_a_file_in_its_hour(tmp_path: Path, frame_id: str, captured_ms: int) -> None:
    """An id can't name a folder: the file lies three levels down, always."""
    path = image_path(frame_id, "jpeg", captured_ms)
    placed = Images(tmp_path).place(path)
    assert placed.relative_to(tmp_path.resolve()).as_posix() == path
    assert len(Path(path).parts) == 4


def test_a_file_is_written_byte_for_byte(tmp_path: Path) -> None:
    """What was given is what is read, and nothing unfinished stays."""
    images = Images(tmp_path)
    content = bytes(range(256)) * 300
    assert images.write(PATH, memoryview(content), _sha256(content))
    assert (tmp_path / PATH).read_bytes() == content
    assert [file.name for file in (tmp_path / PATH).parent.iterdir()] == ["a.jpg"]


def test_the_same_file_is_not_written_twice(tmp_path: Path) -> None:
    """A file that stands there with the right content is left alone."""
    images = Images(tmp_path)
    images.write(PATH, b"duck", _sha256(b"duck"))
    before = (tmp_path / PATH).stat().st_ino
    assert not images.write(PATH, b"duck", _sha256(b"duck"))
    assert (tmp_path / PATH).stat().st_ino == before


def test_half_a_file_without_a_record_is_replaced(tmp_path: Path) -> None:
    """A file that a power cut left empty does not pass for the picture."""
    images = Images(tmp_path)
    (tmp_path / PATH).parent.mkdir(parents=True)
    (tmp_path / PATH).write_bytes(b"")
    assert images.write(PATH, b"duck", _sha256(b"duck"))
    assert (tmp_path / PATH).read_bytes() == b"duck"


def test_a_folder_that_was_tidied_away_is_made_again(tmp_path: Path) -> None:
    """Someone may remove an hour's folder under our hands."""
    images = Images(tmp_path)
    images.write(PATH, b"duck", _sha256(b"duck"))
    (tmp_path / PATH).unlink()
    (tmp_path / PATH).parent.rmdir()
    assert images.write(PATH, b"duck", _sha256(b"duck"))
    assert images.exists(PATH)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Where the picture can't be put, its unfinished file goes too."""
    images = Images(tmp_path)
    (tmp_path / PATH).mkdir(parents=True)
    with pytest.raises(OSError, match="jpg"):
        images.write(PATH, b"duck", _sha256(b"duck"))
    assert [file.name for file in (tmp_path / PATH).parent.iterdir()] == ["a.jpg"]
