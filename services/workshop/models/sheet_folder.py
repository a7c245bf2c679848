"""A folder of pictures with what a model saw drawn into them, and the page that shows them all."""

import re
from pathlib import Path

import click
import cv2

from okko.errors import ImageError
from workshop.models.contact_sheet import Card, page, thumbnail
from workshop.models.draw import drawn
from workshop.models.looking import Looked

INDEX = "index.html"
_QUALITY = 92


class SheetFolder:
    """Pictures are written as they come, the page at the end.

    Raises:
        BadParameter: if there is something in the folder already, and `force` was not said.
    """

    def __init__(self, folder: Path, *, force: bool) -> None:
        if folder.is_dir() and any(folder.iterdir()) and not force:
            message = f"{folder} is not empty; name another folder, or say --force"
            raise click.BadParameter(message, param_hint="--out")
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._cards: list[Card] = []

    def add(self, looked: Looked) -> None:
        """Draw what was seen into a copy of the picture."""
        name = str(looked.path)
        try:
            image = None if looked.picture is None else looked.picture.at(1)
        except ImageError:
            image = None
        if image is None:
            self._cards.append(Card(name, looked.prediction))
            return
        shown = drawn(image, looked.prediction)
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", looked.path.stem)[:60]
        file = f"{len(self._cards) + 1:04d}-{stem}.jpg"
        (self._folder / file).write_bytes(bytes(cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]))
        self._cards.append(Card(name, looked.prediction, file, thumbnail(shown)))

    def finish(self, title: str, about: str) -> Path:
        """Write the page; gives its path."""
        path = self._folder / INDEX
        path.write_text(page(title, about, self._cards), encoding="utf-8")
        return path
