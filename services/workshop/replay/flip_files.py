"""The pictures of flips as files in a folder, for a program that shows them: `--pictures FOLDER`."""

from pathlib import Path
from typing import Any

from okko.errors import ConfigError
from workshop.replay.album import Picture
from workshop.replay.pictures import pairs_of
from workshop.replay.tally import Looked

MOST = 200
"""Flips that get pictures, the first so many; with two cameras some 25 MB."""


class FlipFiles:
    """A folder that is made, and must be empty.

    Raises:
        ConfigError: if it is not, or cannot be made.
    """

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self._folder = folder.resolve()
        self._most = most
        self._flips = 0
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            is_empty = not any(self._folder.iterdir())
        except OSError as error:
            raise ConfigError.one(folder, "--pictures", f"cannot be made: {error.strerror}") from error
        if not is_empty:
            raise ConfigError.one(folder, "--pictures", "is not empty", "Name a new folder")

    def add(self, looked: Looked) -> list[dict[str, Any]]:
        """The files of a flip: for each camera and model `before` and `after`, or `why` there are none.

        Raises:
            OSError: if the disk does not take them.
        """
        if self._flips >= self._most:
            return []
        self._flips += 1
        return [
            {
                "camera": pair.after.camera,
                "before": self._write(pair.before, f"{self._flips:04d}-{number}-before.jpg"),
                "after": self._write(pair.after, f"{self._flips:04d}-{number}-after.jpg"),
                "why": pair.after.why or None,
            }
            for number, pair in enumerate(pairs_of(looked))
        ]

    def _write(self, picture: Picture, name: str) -> str | None:
        if not picture.jpeg:
            return None
        path = self._folder / name
        path.write_bytes(picture.jpeg)
        return str(path)
