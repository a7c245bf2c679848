"""How far each patch lies from what was seen at its place on good parts. Pure.

A Gaussian for each place of the grid over some of the channels: PaDiM, Defard et al., arXiv 2011.08785. It wants parts
that always lie alike, and then sees what is small, and where.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference_agent.anomaly.features import Patches, Sizes, patches_of
from inference_agent.anomaly.mahalanobis import wrong_shape
from inference_agent.decoders.decoded import Output

Array = NDArray[np.float32]

COUNTED_SHARE = 0.01
"""The part's score is the mean of so many of its oddest patches: one alone is too much at the mercy of noise."""


@dataclass(frozen=True, slots=True)
class Padim:
    """`grid`: (2,) rows and columns; `channels`: (k,) which are looked at; `mean`: (p, k); `whiten`: (p, k, k).

    For each of the p places `whiten` turns what is left after the mean into numbers of variance one.
    """

    grid: NDArray[np.int32]
    channels: NDArray[np.int32]
    mean: Array
    whiten: Array

    def check(self, sizes: Sizes) -> str | None:
        """Why it can't score what a backbone of these sizes gives, or None."""
        high, wide, channels = sizes.grid
        p, k = high * wide, self.channels.size
        if self.grid.tolist() != [high, wide]:
            return f"it has a grid of {self.grid.tolist()} patches, this model gives {[high, wide]}"
        if k == 0 or self.channels.min() < 0 or self.channels.max() >= channels:
            return f"it looks at channels that this model's {channels} do not have"
        wanted = {"mean": (p, k), "whiten": (p, k, k)}
        return wrong_shape({"mean": self.mean, "whiten": self.whiten}, wanted)

    def score(self, outputs: Sequence[Output]) -> tuple[float, Array]:
        """The part's score, 0 and up, and that of each patch, (h, w)."""
        places = self.distances(patches_of(outputs)[None])[0]
        return float(counted(places)), places

    def distances(self, patches: Patches) -> Array:
        """The distance of each patch of the pictures (n, h, w, c) from the good ones at its place: (n, h, w)."""
        count, high, wide, _ = patches.shape
        rest = patches[..., self.channels].reshape(count, high * wide, -1) - self.mean
        white = np.matmul(self.whiten, rest.transpose(1, 2, 0))
        distances: Array = np.sqrt(np.square(white).sum(axis=1)).T.reshape(count, high, wide)
        return distances


def counted(places: Array) -> Array:
    """The score of each picture from those of its patches, (..., h, w): the mean of the oddest of them, two or more."""
    flat = places.reshape(*places.shape[:-2], -1)
    many = min(flat.shape[-1], max(2, round(COUNTED_SHARE * flat.shape[-1])))
    return np.asarray(np.sort(flat, axis=-1)[..., -many:].mean(axis=-1), np.float32)
