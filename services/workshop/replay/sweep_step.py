"""At which threshold the verdict of one item changes. Pure.

Every threshold that can be swept makes its rule stricter or milder all the way, and a camera more that is good never
makes an item bad: so a verdict changes at one of the item's own scores, or nowhere, and a few judgements find it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from okko.contracts import VerdictWord

Judge = Callable[[float], VerdictWord]


@dataclass(frozen=True, slots=True)
class Step:
    """The verdict is `below` under the threshold `at`, `above` over it, and at it `below` where that is `inclusive`."""

    below: VerdictWord
    above: VerdictWord
    at: float = 0.0
    inclusive: bool = True

    def verdict(self, threshold: float) -> VerdictWord:
        """What the item is called at a threshold."""
        if threshold < self.at or (self.inclusive and threshold == self.at):
            return self.below
        return self.above


def step_of(scores: Iterable[float], judge: Judge) -> Step:
    """Where the verdict changes, given the scores that the threshold is compared with."""
    ranked = sorted(set(scores))
    if not ranked:
        word = judge(0.0)
        return Step(word, word)
    # Below the first, at it, between it and the second, at the second, ...: odd places are scores.
    places = [ranked[0] - 1.0]
    for score, following in zip(ranked, [*ranked[1:], ranked[-1] + 2.0], strict=True):
        places += [score, (score + following) / 2]
    first, last = judge(places[0]), judge(places[-1])
    low, high = 0, len(places) - 1
    if first == last:
        return Step(first, last)
    while high - low > 1:
        middle = (low + high) // 2
        if judge(places[middle]) == first:
            low = middle
        else:
            high = middle
    inclusive = low % 2 == 1
    return Step(first, last, places[low if inclusive else high], inclusive)
