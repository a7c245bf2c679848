"""A bad part among the good ones: found by its own leave-one-out score. Pure.

Odd means far above the others by the spread of the upper half of them: a few bad parts do not move a median and a
quartile, where they would move a mean and a deviation and so hide themselves.
"""

import math
import statistics
from collections.abc import Sequence

SPREADS = 4.0
"""How many of the upper half's spreads above the median.

Two in three bad ducks hidden among good ones are, and a good duck in one run of ten.
"""

_LEAST_SPREAD = 0.02
"""Of the median: scores that hardly differ at all are not odd for a hair."""


def suspects(scores: Sequence[float]) -> tuple[int, ...]:
    """The places of the scores that are odd among the others, the worst first; none where they are too few to tell."""
    if len(scores) < 8:  # noqa: PLR2004 - the quartiles of fewer are their extremes
        return ()
    limit = suspicious_above(scores)
    odd = [place for place, score in enumerate(scores) if score > limit]
    return tuple(sorted(odd, key=lambda place: -scores[place]))


def suspicious_above(scores: Sequence[float]) -> float:
    """From where on a good part's score makes one doubt that it is good.

    Raises:
        ValueError: if there are fewer than two scores, or one is no number.
    """
    if not all(math.isfinite(score) for score in scores) or len(scores) < 2:  # noqa: PLR2004 - quartiles of one
        message = "two or more finite scores"
        raise ValueError(message)
    _, median, upper = statistics.quantiles(scores, n=4, method="inclusive")
    # Of a normal distribution the upper quartile lies 0.6745 deviations above the median.
    spread = max((upper - median) / 0.6745, _LEAST_SPREAD * abs(median))
    return median + SPREADS * spread
