"""What a count of few parts says about the many to come: exact bounds of a binomial share. Pure.

Clopper and Pearson's bounds are exact and on the safe side; Wilson's are narrower and at times promise too much, which
is the one thing that a bound on false rejects must not do.
"""

import math

CONFIDENCE = 0.95
"""How sure a bound is, each on its own side."""

_STEPS = 200
_TINY = 1e-300


def upper_bound(found: int, of: int, confidence: float = CONFIDENCE) -> float:
    """The highest share that still gives `found` or fewer `of` so many with more than 1 - confidence; 0..1."""
    _check(found, of)
    return 1.0 if found >= of else beta_quantile(confidence, found + 1, of - found)


def lower_bound(found: int, of: int, confidence: float = CONFIDENCE) -> float:
    """The lowest share that still gives `found` or more `of` so many with more than 1 - confidence; 0..1."""
    _check(found, of)
    return 0.0 if found == 0 else beta_quantile(1 - confidence, found, of - found + 1)


def parts_needed(share: float, confidence: float = CONFIDENCE) -> int:
    """How many parts, none of them found, it takes to promise at most this share."""
    if not 0 < share < 1:
        message = f"a share between 0 and 1, not {share}"
        raise ValueError(message)
    return math.ceil(math.log(1 - confidence) / math.log1p(-share))


def beta_quantile(chance: float, a: float, b: float) -> float:
    """Where the beta distribution of `a` and `b` has this chance below it."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):  # halving: 60 steps leave nothing of a double
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        if beta_share(middle, a, b) < chance:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def beta_share(x: float, a: float, b: float) -> float:
    """The share of the beta distribution of `a` and `b` below `x`: the regularised incomplete beta function."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    # The continued fraction converges fast on this side of the mean; the other side is its mirror.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """Lentz's way through the continued fraction of the incomplete beta function."""
    c, d = 1.0, 1.0 / _not_zero(1 - (a + b) * x / (a + 1))
    result = d
    for m in range(1, _STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            result *= d * c
        if abs(d * c - 1) < 1e-15:  # noqa: PLR2004 - as far as a double goes
            break
    return result


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _check(found: int, of: int) -> None:
    if not 0 <= found <= of or of == 0:
        message = f"{found} of {of} is no count"
        raise ValueError(message)
