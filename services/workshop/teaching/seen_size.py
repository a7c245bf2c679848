"""How large a camera's pictures are, by what is recorded: what is taught from others knows nothing of them."""

import sqlite3
from pathlib import Path

from okko.errors import ConfigError
from okko.image_header import read_size
from recorder.query import Query
from recorder.reader import open_store, stored_items
from workshop.teaching.example import Example

_SAME_SHAPE = 0.02


def last_size(data: Path, camera: str) -> tuple[int, int] | None:
    """Width and height of the last recorded picture of a camera; None where there is none, or it does not tell."""
    try:
        with open_store(data) as connection:
            if connection is None:
                return None
            for stored in stored_items(connection, Query(camera=camera, limit=1)):
                for frame in stored.frames:
                    if (size := read_size((data / frame.path).read_bytes())) is not None:
                        return size[1:]
    except (sqlite3.Error, OSError, ConfigError):
        return None  # who reads the record to teach from it says what is wrong with it
    return None


def check_size(shown: Example, size: tuple[int, int] | None, camera: str) -> None:
    """Refuse a picture that is of another shape than the camera's own.

    Raises:
        ConfigError: if width and height are in another proportion. Another size alone is no reason: both are brought
            to the size that the backbone takes.
    """
    if size is None or abs(shown.width_px * size[1] / (shown.height_px * size[0]) - 1) <= _SAME_SHAPE:
        return
    what = (
        f"is {shown.width_px} x {shown.height_px} pixels, and the last recorded picture of camera {camera} "
        f"{size[0]} x {size[1]}: what is taught from it would not know what the camera shows"
    )
    raise ConfigError.one(shown.name, "", what, "Show pictures of this camera, with its `roi`; or say --any-size")
