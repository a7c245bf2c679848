"""Looks at one picture after the other and keeps what the methods learn from; the pictures themselves go."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference_agent.images import Bgr
from okko.errors import ConfigError
from workshop.teaching.account import Shown
from workshop.teaching.backbone import Backbone
from workshop.teaching.defects import KINDS, with_defects
from workshop.teaching.example import Example
from workshop.teaching.features import Features

MOST_GOOD = 400
MOST_KO = 200
"""Parts that are taken: at 120 kB each for what the backbone sees, and as much again while a method learns, this keeps
below 500 MB."""

COMPARED = 60
"""Good parts on which the methods are compared; made-up defects cost four more looks for each."""

THUMB_PX = 176
_THUMB_QUALITY = 80

Seen = tuple[NDArray[np.float32], NDArray[np.float32]]


class Learner:
    """Fed by `take`, from one thread at a time. `compare`: made-up defects are looked at too, to compare methods.

    `twice` counts the good pictures that came again: a loop of images, a camera that stands still.
    """

    def __init__(self, backbone: Backbone, *, compare: bool) -> None:
        self.backbone = backbone
        self.good: list[Shown] = []
        self.ko: list[Shown] = []
        self.twice = 0
        self._compare = compare
        self._good: list[Seen] = []
        self._ko: list[Seen] = []
        self._made_up: list[list[Seen]] = [[] for _ in KINDS]
        self._known: dict[str, Shown] = {}

    def take(self, example: Example) -> bool:
        """Look at a picture; False where it was shown before.

        Raises:
            ImageError: if it cannot be decoded.
            ConfigError: if it was shown as good and now as KO, or the other way round.
        """
        if (before := self._known.get(example.sha256)) is not None:
            if before.known != example.known:
                what = f"is shown as {example.known} and, as {before.name}, as {before.known}"
                raise ConfigError.one(example.name, "", what, "Show it once, as what it is")
            self.twice += 1
            return False
        image = self.backbone.decoded(example.open())
        shown = self._known[example.sha256] = _shown(example, image)
        seen = self.backbone.look(image)
        if example.known == "KO":
            self.ko.append(shown)
            self._ko.append(seen)
            return True
        if self._compare and len(self.good) < COMPARED:
            for kind, spoilt in enumerate(with_defects(image, seed=len(self.good))):
                self._made_up[kind].append(self.backbone.look(spoilt))
        self.good.append(shown)
        self._good.append(seen)
        return True

    def good_features(self) -> Features:
        """What the backbone makes of the good parts, in the order in which they were shown."""
        return self._features(self._good)

    def ko_features(self) -> Features:
        """Of the KO parts; there may be none."""
        return self._features(self._ko)

    def made_up_features(self) -> tuple[Features, ...]:
        """For each kind of made-up defect, of the first so many good parts with it."""
        return tuple(self._features(seen) for seen in self._made_up)

    def _features(self, seen: list[Seen]) -> Features:
        """All of them as one; what was seen lies in it from then on, so that it is in memory once."""
        sizes = self.backbone.sizes
        pooled = np.empty((len(seen), sizes.pooled), np.float32)
        patches = np.empty((len(seen), *sizes.grid), np.float32)
        for place, (vector, grid) in enumerate(seen):
            pooled[place], patches[place] = vector, grid
            seen[place] = (pooled[place], patches[place])
        return Features(pooled, patches, sizes.blocks)


def _shown(example: Example, image: Bgr) -> Shown:
    return Shown(
        example.name,
        example.known,
        example.sha256,
        example.captured_at,
        example.part_id,
        example.width_px,
        example.height_px,
        _thumb(image),
    )


def _thumb(image: Bgr) -> bytes:
    height, width = image.shape[:2]
    size = (THUMB_PX, max(1, round(height * THUMB_PX / width)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, _THUMB_QUALITY))[1].tobytes()
