from pathlib import Path

import pytest

from okko.errors import ConfigError
from shown_parts import record, small_picture
from workshop.teaching.example import example_of
from workshop.teaching.seen_size import check_size, last_size


def test_the_last_recorded_picture_tells_the_size(tmp_path: Path) -> None:
    """Of that camera; none where nothing is recorded or the image is gone."""
    assert last_size(tmp_path, "top") is None
    record(tmp_path, [small_picture(1), small_picture(2, (80, 60))])
    assert last_size(tmp_path, "top") == (80, 60)
    assert last_size(tmp_path, "side") is None
    for image in tmp_path.rglob("*.jpg"):
        image.unlink()
    assert last_size(tmp_path, "top") is None


@pytest.mark.parametrize(("size", "taken"), [(None, True), ((640, 480), True), ((65, 48), True), ((48, 64), False)])
def test_another_shape_is_refused_another_size_is_not(size: tuple[int, int] | None, *, taken: bool) -> None:
    """The picture is 64 x 48."""
    example = example_of(small_picture(1), "1", "OK")
    if taken:
        check_size(example, size, "top")
    else:
        with pytest.raises(ConfigError, match="64 x 48 pixels, and the last recorded picture of camera top 48 x 64"):
            check_size(example, size, "top")
