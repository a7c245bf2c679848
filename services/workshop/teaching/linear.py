"""Learn from labelled parts: multinomial logistic regression on a backbone's pooled features. Pure, numpy alone.

How strongly the weights are held back (L2) is chosen by cross-validation; what the held-out folds gave then says how
far the probabilities can be trusted, and sets their temperature. Each label weighs alike, however many parts have it:
a probability is what it would be if all labels came equally often.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference_agent.linear_head import LinearHead

Array = NDArray[np.float64]
Labels = NDArray[np.intp]
Loss = Callable[[Array], tuple[float, Array]]

STRENGTHS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
"""Of the penalty on weights, for features of unit spread divided by the root of how many there are."""

FOLDS = 5
LEAST = 4
"""Parts of each label without which nothing can be held out fairly."""

_SMALLEST = 1e-6
_RANK = 1e-6
_STEPS = 200
_MEMORY = 10
_TOLERANCE = 3e-6
_ARMIJO = 1e-4
_COLDEST, _HOTTEST = 0.02, 50.0


@dataclass(frozen=True, slots=True)
class Learnt:
    """A head, and what its making showed. `held_out`: (n, k) probabilities of parts that it was not taught from.

    Each was given by what the other folds teach, at the strength and temperature of the head.
    """

    head: LinearHead
    strength: float
    temperature: float
    held_out: Array

    def accuracy(self, labels: Labels) -> float:
        """How many of the held-out parts got their label, 0..1."""
        return float((self.held_out.argmax(axis=1) == labels).mean())


def learn(pooled: NDArray[np.float32], labels: Labels, kinds: int) -> Learnt:
    """A head that tells the labels 0 to `kinds` - 1 apart. pooled: (n, d); labels: (n,).

    Raises:
        ValueError: if a label has fewer parts than four, or all parts look the same.
    """
    counts = np.bincount(labels, minlength=kinds)
    if kinds < 2 or counts.min() < LEAST:  # noqa: PLR2004 - one label tells nothing apart
        message = f"{LEAST} parts of each of two labels or more, not {counts.tolist()}"
        raise ValueError(message)
    mean = pooled.mean(axis=0, dtype=np.float64)
    spread = pooled.std(axis=0, dtype=np.float64)
    if spread.max() < _SMALLEST:
        message = "all parts look the same to the backbone"
        raise ValueError(message)
    # A number that hardly ever varies would be blown up to the size of those that tell something.
    scale = np.maximum(spread, 0.01 * float(np.sqrt(np.square(spread).mean()))) * np.sqrt(pooled.shape[1])
    # Of n parts at most n directions vary: all is worked out in these.
    points = (pooled - mean) / scale
    left, lengths, axes = np.linalg.svd(points, full_matrices=False)
    kept = lengths > _RANK * lengths[0]
    spanned, axes = left[:, kept] * lengths[kept], axes[kept]
    folds = _folds(labels, min(FOLDS, int(counts.min())))
    strength, logits = _best(spanned, labels, kinds, folds)
    temperature = temperature_of(logits, labels)
    weights, bias = _fit(spanned, labels, kinds, strength)
    of_pooled = (weights @ axes) / scale / temperature
    head = LinearHead(np.asarray(of_pooled, np.float32), np.asarray(bias / temperature - of_pooled @ mean, np.float32))
    return Learnt(head, strength, temperature, _softmax(logits / temperature))


def temperature_of(logits: Array, labels: Labels) -> float:
    """By what the logits of held-out parts are to be divided so that their softmax is a probability.

    After Guo and others (arXiv 1706.04599), towards targets that are not quite 0 and 1, as Platt has them: a few parts
    that are all told apart do not show that none will ever be mistaken.
    """
    kinds = logits.shape[1]
    counts = np.bincount(labels, minlength=kinds)
    sure = (counts + 1) / (counts + kinds)
    targets = np.repeat(((1 - sure) / (kinds - 1))[labels][:, None], kinds, axis=1)
    targets[np.arange(len(labels)), labels] = sure[labels]
    weights = _weights(labels, kinds)

    def loss(log_temperature: float) -> float:
        return float(-(weights[:, None] * targets * _log_softmax(logits / np.exp(log_temperature))).sum())

    # The loss has one valley over 1 / temperature, so over its logarithm too: halve in the golden ratio.
    low, high = float(np.log(_COLDEST)), float(np.log(_HOTTEST))
    ratio = (np.sqrt(5) - 1) / 2
    for _ in range(60):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        if loss(a) < loss(b):
            high = b
        else:
            low = a
    return float(np.exp((low + high) / 2))


def _best(points: Array, labels: Labels, kinds: int, folds: Labels) -> tuple[float, Array]:
    """The strength whose held-out parts were told best (log loss), and their logits; of equals the stronger one."""
    weights = _weights(labels, kinds)
    weaker_and_weaker = sorted(STRENGTHS, reverse=True)
    logits = np.empty((len(STRENGTHS), len(labels), kinds))
    for fold in range(int(folds.max()) + 1):
        held, begin = folds == fold, None
        for index, strength in enumerate(weaker_and_weaker):
            begin = _fit(points[~held], labels[~held], kinds, strength, begin)
            logits[index, held] = points[held] @ begin[0].T + begin[1]
    losses = []
    for told in logits:
        own = _log_softmax(told / temperature_of(told, labels))[np.arange(len(labels)), labels]
        losses.append(float(-(weights * own).sum()))
    best = int(np.argmin(losses))  # of equals the first, which is the strongest
    return weaker_and_weaker[best], logits[best]


def _fit(
    points: Array, labels: Labels, kinds: int, strength: float, begin: tuple[Array, Array] | None = None
) -> tuple[Array, Array]:
    """Weights (k, r) and bias (k,) with the least penalised loss; the bias is free. `begin`: where to look first."""
    wanted = np.zeros((len(labels), kinds))
    wanted[np.arange(len(labels)), labels] = 1
    each = _weights(labels, kinds)[:, None]
    rank = points.shape[1]

    def loss(flat: Array) -> tuple[float, Array]:
        weights, bias = flat[: kinds * rank].reshape(kinds, rank), flat[kinds * rank :]
        logs = _log_softmax(points @ weights.T + bias)
        slope = each * (np.exp(logs) - wanted)
        value = float(-(each * wanted * logs).sum() + strength / 2 * np.square(weights).sum())
        return value, np.concatenate([(slope.T @ points + strength * weights).ravel(), slope.sum(axis=0)])

    first = np.zeros(kinds * (rank + 1)) if begin is None else np.concatenate([begin[0].ravel(), begin[1]])
    flat = _least(loss, first)
    return flat[: kinds * rank].reshape(kinds, rank), flat[kinds * rank :]


def _least(loss: Loss, at: Array) -> Array:
    """Where a smooth convex function is least: L-BFGS (Nocedal and Wright, algorithm 7.5)."""
    value, slope = loss(at)
    steps: list[tuple[Array, Array, float]] = []
    for _ in range(_STEPS):
        if np.abs(slope).max() < _TOLERANCE:
            break
        way = -_curved(slope, steps)
        downhill = float(way @ slope)
        length = 1.0 if steps else min(1.0, 1.0 / float(np.abs(slope).sum()))
        while True:
            next_value, next_slope = loss(at + length * way)
            if next_value <= value + _ARMIJO * length * downhill or length < _RANK:
                break
            length /= 2
        moved, turned = length * way, next_slope - slope
        if (bend := float(moved @ turned)) > 0:
            steps = [*steps[-_MEMORY + 1 :], (moved, turned, bend)]
        at, value, slope = at + moved, next_value, next_slope
    return at


def _curved(slope: Array, steps: Sequence[tuple[Array, Array, float]]) -> Array:
    """The slope, as the last steps say that the ground bends."""
    way, alphas = slope.copy(), []
    for moved, turned, bend in reversed(steps):
        alphas.append(float(moved @ way) / bend)
        way -= alphas[-1] * turned
    if steps:
        _, turned, bend = steps[-1]
        way *= bend / float(turned @ turned)
    for (moved, turned, bend), alpha in zip(steps, reversed(alphas), strict=True):
        way += (alpha - float(turned @ way) / bend) * moved
    return way


def _folds(labels: Labels, count: int) -> Labels:
    """A fold for each part, each with its share of each label; neighbours fall into different ones."""
    folds = np.empty(len(labels), np.intp)
    for label in np.unique(labels):
        which = np.flatnonzero(labels == label)
        folds[which] = np.arange(len(which)) % count
    return folds


def _weights(labels: Labels, kinds: int) -> Array:
    """Of each part, so that each label weighs alike and all together one."""
    counts = np.bincount(labels, minlength=kinds)
    return np.asarray(1 / (kinds * counts[labels]), np.float64)


def _log_softmax(logits: Array) -> Array:
    lifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(lifted - np.log(np.exp(lifted).sum(axis=1, keepdims=True)), np.float64)


def _softmax(logits: Array) -> Array:
    return np.exp(_log_softmax(logits))
