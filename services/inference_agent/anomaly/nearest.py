"""How far each patch lies from the most alike of all patches of good parts, wherever on them that was. Pure.

A bank of patches, thinned out so that it still covers them all: PatchCore, Roth et al., arXiv 2106.08265. It minds
neither how a part lies nor that good parts come in several kinds, and suits textures; what is right in itself and in
the wrong place escapes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference_agent.anomaly.features import Patches, Sizes, patches_of
from inference_agent.anomaly.mahalanobis import wrong_shape
from inference_agent.anomaly.padim import counted
from inference_agent.decoders.decoded import Output

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Nearest:
    """`grid`: (2,) rows and columns; `scale`: (c,), divides each patch; `bank`: (m, c), good patches so divided."""

    grid: NDArray[np.int32]
    scale: Array
    bank: Array

    def check(self, sizes: Sizes) -> str | None:
        """Why it can't score what a backbone of these sizes gives, or None."""
        high, wide, channels = sizes.grid
        if self.grid.tolist() != [high, wide]:
            return f"it has a grid of {self.grid.tolist()} patches, this model gives {[high, wide]}"
        wanted = {"scale": (channels,), "bank": (max(1, len(self.bank)), channels)}
        return wrong_shape({"scale": self.scale, "bank": self.bank}, wanted)

    def score(self, outputs: Sequence[Output]) -> tuple[float, Array]:
        """The part's score, 0 and up, and that of each patch, (h, w)."""
        places = self.distances(patches_of(outputs))
        return float(counted(places)), places

    def distances(self, patches: Patches) -> Array:
        """The distance of each patch of one picture (h, w, c) from the bank: (h, w)."""
        squares = square_distances((patches / self.scale).reshape(-1, patches.shape[-1]), self.bank)
        distances: Array = np.sqrt(squares.min(axis=1)).reshape(patches.shape[:-1])
        return distances


def square_distances(rows: Array, bank: Array) -> Array:
    """(n, m): of each of the rows (n, c) from each of the bank (m, c), 0 and up."""
    squares = rows @ bank.T
    squares *= -2
    squares += np.square(rows).sum(axis=1)[:, None]
    squares += np.square(bank).sum(axis=1)
    result: Array = np.maximum(squares, 0, out=squares)
    return result
