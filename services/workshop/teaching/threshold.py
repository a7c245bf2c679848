"""Where odd begins: a threshold for the scores of good parts, and what may honestly be said of it. Pure.

Scores are leave-one-out: each good part as it looks to what was taught from all others, since a part's score for what
was taught from itself says nothing of the parts to come. A part is odd where its score is above the threshold.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workshop.teaching.chances import lower_bound, parts_needed, upper_bound

TAIL_SHARE = 0.25
"""The scores that tell how the highest ones fall off."""


_DIGITS = 6
_MOST_ODDS = math.log((1 - 10**-_DIGITS) / 10**-_DIGITS)


@dataclass(frozen=True, slots=True)
class Share:
    """`found` of `of` parts, what is expected of those to come, and its bounds (each with 95 %); all in 0..1."""

    found: int
    of: int
    expected: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold and its meaning; `escapes` is None where no KO parts were shown.

    `beyond_all`: it lies above all scores that were seen, by how they fall off: so small a rate they cannot show.
    """

    value: float
    wanted: float
    beyond_all: bool
    false_rejects: Share
    escapes: Share | None


def choose_threshold(good: Sequence[float], wanted: float, ko: Sequence[float] = ()) -> Threshold:
    """The threshold above which a share `wanted` (0..1) of good parts is to be expected, no more.

    Where there are enough parts it is one of the scores: of n parts alike, r in n + 1 to come are above the r-th
    highest, whatever the scores' distribution. For fewer it lies beyond the highest.

    Raises:
        ValueError: if there are no scores, one is no number, or `wanted` is not between 0 and 1.
    """
    if not 0 < wanted < 1:
        message = f"a share between 0 and 1, not {wanted}"
        raise ValueError(message)
    scores = sorted(good, reverse=True)
    if len(scores) < 2 or not all(math.isfinite(score) for score in (*scores, *ko)):  # noqa: PLR2004 - one has no spread
        message = f"two or more finite scores, not {list(good)[:10]}"
        raise ValueError(message)
    rank = math.floor(wanted * (len(scores) + 1) + 1e-9)
    value = scores[rank - 1] if rank else max(scores[0], _beyond(scores, wanted))
    above = sum(score > value for score in scores)
    # Of equal scores there are fewer above than the rank says.
    expected = wanted if rank == 0 else (above + 1) / (len(scores) + 1)
    return Threshold(value, wanted, rank == 0, _share(above, len(scores), expected), _escapes(value, ko))


def choose_probability(good: Sequence[float], wanted: float, ko: Sequence[float] = ()) -> Threshold:
    """The same for scores that are probabilities: how they fall off is read from their odds.

    Of probabilities near 1 as they are, what lies beyond the highest is soon above 1, so that nothing would be odd.

    Raises:
        ValueError: as above.
    """
    found = choose_threshold([_log_odds(score) for score in good], wanted, [_log_odds(score) for score in ko])
    return replace(found, value=round(1 / (1 + math.exp(-min(found.value, _MOST_ODDS))), _DIGITS))


def warnings_of(threshold: Threshold) -> tuple[str, ...]:
    """What a person must know who relies on it, in sentences; nothing where the wanted rate is promised."""
    seen, told = threshold.false_rejects, []
    if seen.upper > threshold.wanted:
        needed = parts_needed(threshold.wanted)
        enough = (
            f"to promise {percent(threshold.wanted)} takes {needed} parts"
            if needed > seen.of
            else f"{percent(threshold.wanted)} is what to expect, not a promise"
        )
        told.append(
            f"with {seen.of} good parts all that can be said of false rejects, at 95 %: up to {percent(seen.upper)}"
            f" ({per_thousand(seen.upper)}); {enough}"
        )
    if threshold.beyond_all:
        told.append(
            f"{percent(threshold.wanted)} is less than {seen.of} parts can show (1 in {seen.of + 1}): the threshold "
            "lies above all their scores, by how these fall off"
        )
    if threshold.escapes is None:
        told.append("no KO part was shown: nothing is known of escapes")
    elif threshold.escapes.of < parts_needed(0.1):
        told.append(
            f"with {threshold.escapes.of} KO parts all that can be said of escapes, at 95 %: "
            f"up to {percent(threshold.escapes.upper)}"
        )
    return tuple(told)


def percent(share: float) -> str:
    """A share as people say it: two digits, `5.8 %`."""
    return f"{float(f'{share * 100:.2g}'):g} %"


def per_thousand(share: float) -> str:
    """A share of a thousand parts: `58 in a thousand`."""
    return f"{float(f'{share * 1000:.2g}'):g} in a thousand"


def _log_odds(probability: float) -> float:
    inside = min(max(probability, 10**-_DIGITS), 1 - 10**-_DIGITS)
    return math.log(inside / (1 - inside))


def _beyond(scores: Sequence[float], wanted: float) -> float:
    """Where the highest scores, given descending, would leave the share `wanted` if they go on as they fall off.

    An exponential tail, as peaks over a threshold have it: one number to be learnt from a dozen scores. A normal
    distribution of all scores was the alternative; one that is skewed then rejects far more than it says.
    """
    count = max(1, math.floor(TAIL_SHARE * len(scores)))
    begin = scores[count]
    excess = sum(score - begin for score in scores[:count]) / count
    return begin + excess * math.log(max(1.0, count / len(scores) / wanted))


def _share(found: int, of: int, expected: float) -> Share:
    return Share(found, of, expected, lower_bound(found, of), upper_bound(found, of))


def _escapes(value: float, ko: Sequence[float]) -> Share | None:
    if not ko:
        return None
    missed = sum(score <= value for score in ko)
    return _share(missed, len(ko), missed / len(ko))
