"""The parts that were shown, each once, with a small picture of each; what is learnt from them is for who has it."""

from abc import ABC, abstractmethod
from typing import ClassVar

import cv2

from inference_agent.images import Bgr
from okko.errors import ConfigError
from workshop.teaching.account import Shown
from workshop.teaching.example import Example, Known

THUMB_PX = 176
_THUMB_QUALITY = 80


class Album(ABC):
    """Good parts and KO parts, in the order in which they were shown.

    `twice` counts the pictures that came again: a loop of images, a camera that stands still.
    `most`: no more of each are taken.
    """

    most: ClassVar[dict[Known, int]]

    def __init__(self) -> None:
        self.good: list[Shown] = []
        self.ko: list[Shown] = []
        self.twice = 0
        self._known: dict[str, Shown] = {}

    @property
    def based_on(self) -> tuple[str, str]:
        """The model that is learnt on, by its name and its file's hash; both empty where there is none."""
        return "", ""

    @abstractmethod
    def take(self, example: Example) -> bool:
        """Look at a picture; False where it was shown before.

        Raises:
            ImageError: if it cannot be decoded.
            ConfigError: if it was shown as good and now as KO, or the other way round.
        """

    def is_new(self, example: Example) -> bool:
        """Whether this picture was not shown before; if it was, it is counted.

        Raises:
            ConfigError: if it was shown as good and now as KO, or the other way round.
        """
        if (before := self._known.get(example.sha256)) is None:
            return True
        if before.known != example.known:
            what = f"is shown as {example.known} and, as {before.name}, as {before.known}"
            raise ConfigError.one(example.name, "", what, "Show it once, as what it is")
        self.twice += 1
        return False

    def note(self, example: Example, image: Bgr) -> None:
        """Keep what the card and the report say of it; `image` is the decoded picture."""
        shown = self._known[example.sha256] = Shown(
            example.name,
            example.known,
            example.sha256,
            example.captured_at,
            example.part_id,
            example.width_px,
            example.height_px,
            _thumb(image),
            example.defect,
        )
        (self.ko if example.known == "KO" else self.good).append(shown)


def _thumb(image: Bgr) -> bytes:
    height, width = image.shape[:2]
    size = (THUMB_PX, max(1, round(height * THUMB_PX / width)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, _THUMB_QUALITY))[1].tobytes()
