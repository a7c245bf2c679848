"""What a threshold means for a day's parts, and what another wish would have given. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from workshop.teaching.threshold import Share, Threshold, choose_probability, choose_threshold, per_thousand

WISHES = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1)


@dataclass(frozen=True, slots=True)
class Choice:
    """A wished rate of false rejects, and what it gives."""

    wanted: float
    threshold: Threshold
    chosen: bool


def choices(good: Sequence[float], ko: Sequence[float], wanted: float, *, by_odds: bool = False) -> tuple[Choice, ...]:
    """What other wishes would have given on the same scores, the strictest on false rejects first."""
    choose = choose_probability if by_odds else choose_threshold
    return tuple(Choice(wish, choose(good, wish, ko), wish == wanted) for wish in sorted({*WISHES, wanted}))


def sentences(threshold: Threshold) -> tuple[str, ...]:
    """What a person may count on: false rejects, then escapes, of a thousand parts each."""
    rejects = (
        f"Of a thousand good parts about {_count(threshold.false_rejects.expected)} are to be expected above the "
        f"threshold: rejected for nothing. {_bounds(threshold.false_rejects, 'good parts', 'above it')}"
    )
    told = [rejects]
    if threshold.escapes is None:
        told.append("No KO part was shown, so nothing is known of escapes: KO parts that pass as good.")
    else:
        told.append(
            f"Of a thousand KO parts like those that were shown about {_count(threshold.escapes.expected)} are to be "
            f"expected to escape. {_bounds(threshold.escapes, 'KO parts', 'not above it')}"
        )
    return tuple(told)


def _bounds(share: Share, what: str, where: str) -> str:
    return (
        f"Of {share.of} {what} {share.found} {'is' if share.found == 1 else 'are'} {where}; so, at 95 %, no more than "
        f"{per_thousand(share.upper)}" + (f" and no fewer than {per_thousand(share.lower)}." if share.found else ".")
    )


def _count(share: float) -> str:
    return per_thousand(share).removesuffix(" in a thousand")
