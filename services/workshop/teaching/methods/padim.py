"""Learn a Gaussian for each place of the grid: see `inference_agent.anomaly.padim`. Pure."""

import numpy as np
from numpy.typing import NDArray

from inference_agent.anomaly.padim import Padim, counted
from inference_agent.anomaly.state import State
from workshop.teaching.features import Features
from workshop.teaching.methods.mahalanobis import left_out_distances

CHANNELS = 100
"""Picked at random, as the paper does: on 152 it is no better, and the work goes with their square."""

RIDGE = 0.1
"""Of the mean variance: 0.01 to 0.1 are alike (AUROC by .002 on five sets)."""

_SMALLEST = 1e-6
_ROWS_AT_ONCE = 28


def fit(good: Features) -> Padim:
    """The state that scores parts by their distance, place by place, from these good ones, two or more."""
    rows, channels = _rows(good)
    places, count, k = rows.shape
    mean = rows.mean(axis=1)
    rest = rows - mean[:, None]
    ridge = _ridge(rest)
    whiten = np.empty((places, k, k), np.float32)
    for begin in range(0, places, _ROWS_AT_ONCE):  # in double precision at once it would take 100 MB
        part = rest[begin : begin + _ROWS_AT_ONCE].astype(np.float64)
        covariance = np.matmul(part.transpose(0, 2, 1), part) / (count - 1) + ridge * np.eye(k)
        whiten[begin : begin + _ROWS_AT_ONCE] = np.linalg.inv(np.linalg.cholesky(covariance))
    grid = np.array(good.patches.shape[1:3], np.int32)
    return Padim(grid, channels, mean.astype(np.float32), whiten)


def left_out(good: Features) -> NDArray[np.float32]:
    """The score of each part for what the others teach, (n,); three or more parts. See `mahalanobis.left_out`."""
    rows, _ = _rows(good)
    count = rows.shape[1]
    rest = rows - rows.mean(axis=1)[:, None]
    ridge = _ridge(rest) * (count - 2)
    found = np.empty(rows.shape[:2], np.float32)
    for place, part in enumerate(rest.astype(np.float64, copy=False)):
        gram = part @ part.T
        q = np.diag(np.linalg.solve(gram + ridge * np.eye(count), gram))
        found[place] = left_out_distances(q, count)
    high, wide = good.patches.shape[1:3]
    return counted(found.T.reshape(count, high, wide))


def scores(state: State, parts: Features) -> NDArray[np.float32]:
    """The score of each part, (n,)."""
    if not isinstance(state, Padim):
        raise TypeError(type(state))
    return np.array([counted(state.distances(patches[None])[0]) for patches in parts.patches], np.float32)


def _rows(good: Features) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Place by place what was seen there, (places, n, k), and which channels that is."""
    count, high, wide, channels = good.patches.shape
    # Spelt out, since NumPy may change what its generators shuffle: the same parts shall teach the same for good.
    order = np.argsort([_hash(channel) for channel in range(channels)], kind="stable")
    chosen = np.sort(order[:CHANNELS]).astype(np.int32)
    rows = good.patches[..., chosen].reshape(count, high * wide, -1).transpose(1, 0, 2)
    return np.ascontiguousarray(rows), chosen


def _ridge(rest: NDArray[np.float32]) -> float:
    return max(_SMALLEST, RIDGE * float(np.square(rest).mean(dtype=np.float64)))


def _hash(number: int) -> int:
    """Knuth's multiplicative hash: scattered, and the same for ever."""
    return (number + 1) * 2654435761 % (1 << 32)
