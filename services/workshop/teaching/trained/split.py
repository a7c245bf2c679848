"""Which parts teach, and which are held out. Pure."""

import numpy as np
from numpy.typing import NDArray

HELD = 4
"""One in so many is held out. All that is said of the model's errors, and its threshold, comes from these."""


def held_out(count: int) -> NDArray[np.bool_]:
    """Of so many parts of a kind, in their order: every fourth, so that each hour of the line has its share."""
    return np.asarray(np.arange(count) % HELD == HELD - 1)
