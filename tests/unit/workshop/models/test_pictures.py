from pathlib import Path

import pytest

from inference_agent.images import open_picture
from okko.errors import ImageError
from workshop.models import pictures


def test_files_folders_and_patterns_are_found(some_pictures: Path) -> None:
    """A folder with all below it, sorted; a pattern; a file by its name."""

    def names(*given: str) -> list[str]:
        return [path.relative_to(some_pictures).as_posix() for path in pictures.files(given)]

    assert names(str(some_pictures)) == ["a.jpg", "b.png", "below/c.bmp"]
    assert names(f"{some_pictures}/**/*.bmp", str(some_pictures / "a.jpg")) == ["below/c.bmp", "a.jpg"]


@pytest.mark.parametrize("name", ["none.jpg", "none/*.jpg", "empty"])
def test_a_name_without_a_picture_is_said(name: str, tmp_path: Path) -> None:
    """A typing error must not look like a trial of nothing."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=name.replace("*", r"\*")):
        list(pictures.files([str(tmp_path / name)]))


@pytest.mark.parametrize(("name", "encoding"), [("a.jpg", "jpeg"), ("b.png", "png"), ("below/c.bmp", "raw-bgr8")])
def test_a_file_becomes_the_frame_that_a_camera_would_make_of_it(some_pictures: Path, name: str, encoding: str) -> None:
    """JPEG and PNG byte for byte, other formats as pixels."""
    data = pictures.read(some_pictures / name)
    frame = pictures.frame(data, name)
    assert (frame.encoding, frame.width_px, frame.height_px) == (encoding, 160, 120)
    assert encoding == "raw-bgr8" or bytes(frame.data) == data
    assert open_picture(frame).at(1).shape == (120, 160, 3)


@pytest.mark.parametrize("data", [b"", b"text", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_an_error_of_ours(data: bytes) -> None:
    """Empty, something else, or nothing but a signature."""
    with pytest.raises(ImageError):
        pictures.frame(data)


def test_a_file_that_cannot_be_read_is_an_error_of_ours(tmp_path: Path) -> None:
    """A folder, a name that is gone."""
    with pytest.raises(ImageError, match="Is a directory"):
        pictures.read(tmp_path)
