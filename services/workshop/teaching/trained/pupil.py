"""Keeps each picture as the network gets it: at the size of its input, prepared by the inference agent's own code."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from inference_agent.bundle import Input
from inference_agent.preprocess import Preprocessor
from inference_agent.tensor import TensorSpec
from workshop.teaching.album import Album
from workshop.teaching.example import Example, Known

SIDE_PX = 128
"""Of the network's input; at 16 kpx and three bytes a picture is 49 kB while it is learnt from."""

SETTINGS = Input()

_PIXELS = TensorSpec("pixels", SIDE_PX, SIDE_PX, 3, channels_first=False, dtype=np.dtype(np.uint8))

Pixels = NDArray[np.uint8]


class Pupil(Album):
    """Fed by `take`, from one thread at a time."""

    most: ClassVar[dict[Known, int]] = {"OK": 2000, "KO": 2000}

    def __init__(self) -> None:
        super().__init__()
        self._preprocessor = Preprocessor(SETTINGS, _PIXELS)
        self._good: list[Pixels] = []
        self._ko: list[Pixels] = []

    def take(self, example: Example) -> bool:
        """Look at a picture; False where it was shown before. Errors are as an album has them."""
        if not self.is_new(example):
            return False
        picture = example.open()
        image = picture.at(self._preprocessor.scale_for(picture))
        self.note(example, image)
        pixels = np.empty(_PIXELS.shape, np.uint8)
        self._preprocessor.fill(image, pixels)
        (self._ko if example.known == "KO" else self._good).append(pixels[0])
        return True

    def pictures(self) -> Pixels:
        """(n, side, side, 3) RGB: the good parts, then the KO parts, each in the order in which they were shown."""
        return np.stack([*self._good, *self._ko])
