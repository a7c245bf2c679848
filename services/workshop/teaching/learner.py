"""Looks at one picture after the other and keeps what the methods learn from; the pictures themselves go."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from workshop.teaching.album import Album
from workshop.teaching.amounts import MOST_GOOD, MOST_KO
from workshop.teaching.backbone import Backbone
from workshop.teaching.defects import KINDS, with_defects
from workshop.teaching.example import Example, Known
from workshop.teaching.features import Features

COMPARED = 60
"""Good parts on which the methods are compared; made-up defects cost four more looks for each."""

Seen = tuple[NDArray[np.float32], NDArray[np.float32]]


class Learner(Album):
    """Fed by `take`, from one thread at a time. `compare`: made-up defects are looked at too, to compare methods."""

    most: ClassVar[dict[Known, int]] = {"OK": MOST_GOOD, "KO": MOST_KO}

    def __init__(self, backbone: Backbone, *, compare: bool) -> None:
        super().__init__()
        self.backbone = backbone
        self._compare = compare
        self._good: list[Seen] = []
        self._ko: list[Seen] = []
        self._made_up: list[list[Seen]] = [[] for _ in KINDS]

    @property
    def based_on(self) -> tuple[str, str]:
        """The backbone, by its name and its file's hash."""
        return f"{self.backbone.bundle.name} {self.backbone.bundle.version}", self.backbone.sha256

    def take(self, example: Example) -> bool:
        """Look at a picture; False where it was shown before. Errors are as an album has them."""
        if not self.is_new(example):
            return False
        image = self.backbone.decoded(example.open())
        self.note(example, image)
        seen = self.backbone.look(image)
        if example.known == "KO":
            self._ko.append(seen)
            return True
        if self._compare and len(self._good) < COMPARED:
            for kind, spoilt in enumerate(with_defects(image, seed=len(self._good))):
                self._made_up[kind].append(self.backbone.look(spoilt))
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
