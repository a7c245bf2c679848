"""How far the whole picture lies from the good ones, in units of how these differ among themselves. Pure.

One Gaussian over the pooled vector, its covariance with a ridge (as in arXiv 2005.14140, which takes it from
P. C. Mahalanobis, 1936). It does not mind where on the picture something is, so parts may turn; it gives no map.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference_agent.anomaly.features import Sizes, pooled_of
from inference_agent.decoders.decoded import Output

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Mahalanobis:
    """`mean`, `scale`: (d,); `axes`: (r, d) orthonormal rows; `gains`: (r,), 1 / (variance + ridge); `ridge`: (1,).

    With z = (x - mean) / scale and c = axes @ z, the squared distance is the sum of gains * c² and, for what lies
    outside of the axes, |z - c @ axes|² / ridge.
    """

    mean: Array
    scale: Array
    axes: Array
    gains: Array
    ridge: Array

    def check(self, sizes: Sizes) -> str | None:
        """Why it can't score what a backbone of these sizes gives, or None."""
        d, r = sizes.pooled, self.gains.size
        wanted = {"mean": (d,), "scale": (d,), "axes": (r, d), "gains": (r,), "ridge": (1,)}
        return wrong_shape({name: getattr(self, name) for name in wanted}, wanted)

    def score(self, outputs: Sequence[Output]) -> tuple[float, None]:
        """The distance, 0 and up."""
        return float(self.distances(pooled_of(outputs)[None])[0]), None

    def distances(self, pooled: Array) -> Array:
        """The distance of each of the pooled vectors (n, d): (n,)."""
        z = (pooled - self.mean) / self.scale
        along = z @ self.axes.T
        # Not |z|² less |c|²: of a part like those that taught it nothing would be left but rounding.
        beyond = z - along @ self.axes
        distances: Array = np.sqrt(
            (np.square(along) * self.gains).sum(axis=1) + np.square(beyond).sum(axis=1) / self.ridge
        )
        return distances


def wrong_shape(arrays: dict[str, Array], wanted: dict[str, tuple[int, ...]]) -> str | None:
    """What is wrong with the first array that has not the shape it must have, or None."""
    for name, shape in wanted.items():
        if arrays[name].shape != shape:
            return f"its `{name}` is {list(arrays[name].shape)} and must be {list(shape)} for this model's outputs"
    return None
