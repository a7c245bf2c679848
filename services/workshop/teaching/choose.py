"""Which method suits these parts: each is taught on some of the good ones and asked about the others. Pure.

The good parts go into folds. What is taught on the rest scores a fold, the same pictures with made-up defects, and the
KO parts that are known; how well it ranks bad above good (AUROC) is averaged over the folds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workshop.teaching.features import Features
from workshop.teaching.methods import METHODS, Method

FOLDS = 5
MADE_UP_WEIGHS = 10
"""As many KO parts as the made-up defects weigh against."""

LEAST = 3
"""Good parts without which nothing can be left out."""

PATCHES_HANDICAP = 1.5
"""How many mistakes of the whole picture's method one of a method of patches counts as, on made-up defects.

These are small and local, which is what such methods are made for. Without it castings, whose real faults are not so,
were taught by `padim` (AUROC .85) where `mahalanobis` has .97: docs/explanation/teaching.md.
"""

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of one method.

    `good`: the score of each good part for what all others teach, (n,), in their order. `made_up`: (n, kinds) scores of
    the same pictures with defects, by folds. `ko`: (m,) scores of the KO parts for what all good ones teach.
    `separation_made_up` and `separation_ko`: AUROC, 0..1, None where there was nothing to tell apart; `separation` is
    of both, and decides.
    """

    method: str
    good: Scores
    made_up: Scores
    ko: Scores
    separation_made_up: float | None
    separation_ko: float | None
    separation: float


def judge(
    good: Features, made_up: Sequence[Features] = (), ko: Features | None = None, methods: Sequence[str] = ()
) -> tuple[Judged, ...]:
    """All methods (or those named), the most fitting first.

    `made_up`: for each kind of defect the features of the good pictures with it, in their order.

    Raises:
        ValueError: if there are fewer good parts than three.
    """
    if len(good) < LEAST:
        message = f"{LEAST} good parts at least, not {len(good)}"
        raise ValueError(message)
    has_patches = good.patches.size > 0
    asked = [METHODS[name] for name in methods or METHODS]
    judged = [_judge(method, good, made_up, ko) for method in asked if has_patches or not method.needs_patches]
    # Sorted stably: of equals the one that is named first.
    return tuple(sorted(judged, key=lambda one: -one.separation))


def auroc(good: Scores, bad: Scores) -> float:
    """How often a bad part scores higher than a good one, ties counted half: 0.5 is chance, 1 is perfect."""
    ordered = np.sort(good)
    below = np.searchsorted(ordered, bad, "left").mean()
    ties = np.searchsorted(ordered, bad, "right").mean() - below
    return float((below + ties / 2) / len(good))


def _judge(method: Method, good: Features, made_up: Sequence[Features], ko: Features | None) -> Judged:
    number = np.arange(len(good))
    folds = min(FOLDS, len(good) // 2) if len(good) >= 2 * 2 else len(good)
    found = np.zeros((len(good), len(made_up)), np.float32)
    of_made_up, of_ko = [], []
    for fold in range(folds):
        held, rest = number[number % folds == fold], number[number % folds != fold]
        if len(rest) < LEAST - 1 or not (made_up or ko):
            break
        state = method.fit(good.take(rest))
        fair = method.scores(state, good.take(held))
        for kind, features in enumerate(made_up):
            found[held, kind] = method.scores(state, features.take(held))
        if made_up:
            of_made_up.append(auroc(fair, found[held].ravel()))
        if ko is not None and len(ko):
            of_ko.append(auroc(fair, method.scores(state, ko)))
    by_made_up, by_ko = _mean(of_made_up), _mean(of_ko)
    known = len(ko) if ko is not None else 0
    return Judged(
        method.name,
        method.left_out(good),
        found,
        method.scores(method.fit(good), ko) if ko is not None and known else np.zeros(0, np.float32),
        by_made_up,
        by_ko,
        _of_both(_handicapped(by_made_up, method), by_ko, known),
    )


def _mean(values: list[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _handicapped(made_up: float | None, method: Method) -> float | None:
    if made_up is None or not method.needs_patches:
        return made_up
    return 1 - PATCHES_HANDICAP * (1 - made_up)


def _of_both(made_up: float | None, ko: float | None, known: int) -> float:
    if made_up is None or ko is None:
        return made_up if made_up is not None else ko if ko is not None else 0.5
    return (MADE_UP_WEIGHS * made_up + known * ko) / (MADE_UP_WEIGHS + known)
