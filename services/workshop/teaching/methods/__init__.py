"""The methods that a station can be taught by. Each learns from features of good parts, one file each, numpy alone.

A method has `fit`, which gives the state that scores parts from then on, and `left_out`, which gives the score of each
good part as it looks to what was taught from all others.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference_agent.anomaly.state import State
from workshop.teaching.features import Features
from workshop.teaching.methods import mahalanobis, nearest, padim

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Method:
    """`needs_patches`: of a backbone without maps it can't learn. `scores` are of other parts, by a state of `fit`."""

    name: str
    needs_patches: bool
    fit: Callable[[Features], State]
    left_out: Callable[[Features], Scores]
    scores: Callable[[State, Features], Scores]


METHODS = {
    "padim": Method("padim", needs_patches=True, fit=padim.fit, left_out=padim.left_out, scores=padim.scores),
    "mahalanobis": Method(
        "mahalanobis",
        needs_patches=False,
        fit=mahalanobis.fit,
        left_out=mahalanobis.left_out,
        scores=mahalanobis.scores,
    ),
    "nearest": Method("nearest", needs_patches=True, fit=nearest.fit, left_out=nearest.left_out, scores=nearest.scores),
}
