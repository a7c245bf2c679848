"""A backbone that needs no model: it sees mean colours, on a grid of six by six."""

from types import SimpleNamespace
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from inference_agent.anomaly.features import Sizes
from inference_agent.images import Bgr, Picture
from workshop.teaching.backbone import Backbone
from workshop.teaching.example import Example, Known, example_of


class SeesColours:
    """What the learner asks of a backbone."""

    sizes = Sizes((3,), (6, 6, 3))
    sha256 = "cd" * 32
    bundle = SimpleNamespace(name="sees-colours", version="1")

    def decoded(self, picture: Picture) -> Bgr:
        """At its full size."""
        return picture.at(1)

    def look(self, image: Bgr) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Mean colours, of all and of each place."""
        grid = cv2.resize(image, (6, 6), interpolation=cv2.INTER_AREA).astype(np.float32)
        return grid.mean(axis=(0, 1)), grid


def sees_colours() -> Backbone:
    """One of them, for who asks for a backbone."""
    backbone: Any = SeesColours()
    return cast("Backbone", backbone)


def plate(number: int, known: Known = "OK", *, spot: int = 0, size: tuple[int, int] = (96, 72)) -> Example:
    """A grey plate with a little noise, another one for each number; `spot`: how much darker a corner is."""
    pixels = np.random.default_rng(number).normal(128, 12, (size[1], size[0], 3))
    pixels[: size[1] // 3, : size[0] // 3] -= spot
    data = cv2.imencode(".png", np.clip(pixels, 0, 255).astype(np.uint8))[1].tobytes()
    return example_of(data, f"{'ko' if known == 'KO' else 'good'}-{number}", known)
