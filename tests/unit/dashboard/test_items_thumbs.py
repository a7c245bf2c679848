"""Thumbnails are small, made once, and kept within a bound."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from dashboard.items.thumbs import WIDTH_PX, Thumbs, small, whole


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A picture of 1600 x 1200."""
    file = tmp_path / "picture.jpg"
    cv2.imwrite(str(file), np.random.default_rng(1).integers(0, 255, (1200, 1600, 3), np.uint8))
    return file


def _size(data: bytes) -> tuple[int, int]:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image.shape[1], image.shape[0]


@pytest.mark.parametrize(
    ("width", "height", "size"), [(1600, 1200, (WIDTH_PX, 240)), (400, 100, (320, 80)), (64, 48, (64, 48))]
)
@pytest.mark.parametrize("kind", ["jpg", "png", "bmp"])
def test_a_thumbnail_keeps_the_shape(tmp_path: Path, kind: str, width: int, height: int, size: tuple[int, int]) -> None:
    """Of whatever the recorder writes; what is small already is not blown up."""
    file = tmp_path / f"picture.{kind}"
    cv2.imwrite(str(file), np.zeros((height, width, 3), np.uint8))
    made = small(file)
    assert made is not None
    assert _size(made) == size


def test_what_is_kept_is_not_made_again(picture: Path) -> None:
    """Even where the file is gone by then."""
    thumbs = Thumbs()
    first = thumbs.of(picture, "a" * 64)
    picture.unlink()
    assert first is not None
    assert thumbs.of(picture, "a" * 64) is first
    assert thumbs.of(picture, "b" * 64) is None


def test_what_is_kept_is_bounded(picture: Path) -> None:
    """What was looked at longest ago goes first."""
    one = small(picture)
    assert one is not None
    thumbs = Thumbs(max_bytes=2 * len(one))
    kept = {name: thumbs.of(picture, name * 64) for name in "abc"}
    assert thumbs.of(picture, "c" * 64) is kept["c"]
    assert thumbs.of(picture, "a" * 64) is not kept["a"]


def test_no_image_is_none(tmp_path: Path) -> None:
    """A file that was cut off to nothing, or is something else."""
    file = tmp_path / "picture.jpg"
    file.write_bytes(b"")
    assert small(file) is None
    file.write_bytes(b"no picture at all")
    assert small(file) is None


def test_pictures_go_whole_and_as_they_are(picture: Path, tmp_path: Path) -> None:
    """JPEG byte for byte; a BMP, which a browser would load for long, as JPEG."""
    shown = whole(picture, "a" * 64)
    assert shown is not None
    assert (shown.data, shown.media_type) == (picture.read_bytes(), "image/jpeg")
    file = tmp_path / "raw.bmp"
    cv2.imwrite(str(file), np.zeros((48, 64, 3), np.uint8))
    made = whole(file, "a" * 64)
    assert made is not None
    assert (made.media_type, _size(made.data)) == ("image/jpeg", (64, 48))
