"""What labels say about wrong verdicts: of the KO items those that were good, of the OK ones those that were bad. Pure.

Asked of each verdict by itself: people label KO items far more often than OK ones, and a share over all labelled items
would tell how they choose, not how the station judges.
"""

from dataclasses import dataclass

from dashboard.report.figures import Labels
from workshop.replay.wilson import wilson


@dataclass(frozen=True, slots=True)
class Estimate:
    """`wrong` of `labelled` items, which are some of `all_items`; `low` and `high`: the share's 95 % interval, 0..1."""

    wrong: int
    labelled: int
    all_items: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """What was counted, 0..1."""
        return self.wrong / self.labelled

    @property
    def is_count(self) -> bool:
        """Whether every one of these items is labelled: then it is no estimate."""
        return self.labelled == self.all_items

    @property
    def items(self) -> tuple[int, int, int]:
        """How many of all that would be: as counted, at least, at most. Of those labelled it is known."""
        unknown = self.all_items - self.labelled
        low, middle, high = (self.wrong + round(unknown * share) for share in (self.low, self.share, self.high))
        return middle, low, high


def false_rejects(labels: Labels, ko: int) -> Estimate | None:
    """How many of the KO items were good; None where none of them is labelled."""
    return _estimate(labels.ko_good, labels.ko_good + labels.ko_bad, ko)


def escapes(labels: Labels, ok: int) -> Estimate | None:
    """How many of the OK items were bad; None where none of them is labelled."""
    return _estimate(labels.ok_bad, labels.ok_good + labels.ok_bad, ok)


def _estimate(wrong: int, labelled: int, all_items: int) -> Estimate | None:
    if not labelled:
        return None
    low, high = wilson(wrong, labelled) if labelled < all_items else (wrong / labelled, wrong / labelled)
    return Estimate(wrong, labelled, max(all_items, labelled), low, high)
