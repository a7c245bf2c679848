"""How well scores tell KO parts from good ones, over all thresholds. Pure."""

from collections.abc import Sequence


def roc(good: Sequence[float], ko: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """(share of good parts rejected, share of KO parts found) at each threshold, from (0, 0) to (1, 1)."""
    values = sorted({*good, *ko}, reverse=True)
    return (
        (0.0, 0.0),
        *((sum(s >= value for s in good) / len(good), sum(s >= value for s in ko) / len(ko)) for value in values),
    )


def auroc(good: Sequence[float], ko: Sequence[float]) -> float:
    """How often a KO part scores higher than a good one, ties half: 0.5 is a coin, 1 tells all."""
    wins = sum((bad > fine) + (bad == fine) / 2 for bad in ko for fine in good)
    return wins / (len(good) * len(ko))
