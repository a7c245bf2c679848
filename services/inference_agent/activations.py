"""What turns a model's outputs into scores of 0 to 1, without overflow."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def sigmoid(values: Floats) -> Floats:
    """1 / (1 + e^-value), in a form that does not overflow for large negative values."""
    result: Floats = np.float32(0.5) * (1 + np.tanh(np.float32(0.5) * values))
    return result


def softmax(values: Floats) -> Floats:
    """Scores that add up to 1 along the last axis; NaN where the greatest value is infinite."""
    with np.errstate(invalid="ignore"):
        powers: Floats = np.exp(values - values.max(axis=-1, keepdims=True))
    result: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return result
