"""How sure a share is that was counted on few parts. Pure."""

import math

_Z = 1.959963984540054
"""95 % of a normal distribution lie within so many deviations."""


def wilson(count: int, of: int) -> tuple[float, float]:
    """The share's 95 % confidence interval, 0..1, after Wilson (1927); of nothing counted it may be anything."""
    if not of:
        return 0.0, 1.0
    share, square = count / of, _Z * _Z
    middle = share + square / (2 * of)
    reach = _Z * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    low, high = ((middle + side) / (1 + square / of) for side in (-reach, reach))
    # Exact at the ends, where rounding leaves a trace beside 0 and 1.
    return (0.0 if count == 0 else max(0.0, low)), (1.0 if count == of else min(1.0, high))
