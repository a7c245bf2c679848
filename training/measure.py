"""How good a model is: by picture, by item, by kind of defect."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from camera_agent.simulator.kinds import DEFECT_KINDS
from training.data import Pictures

THRESHOLD = 0.5  # a view is KO above it; at the same time what the shipped station asks of `OK`
_VIEWS = 2


@dataclass(frozen=True, slots=True)
class Count:
    """How many of `total` were called KO."""

    called_ko: int
    total: int


@dataclass(frozen=True, slots=True)
class Measure:
    """What a model made of one lot."""

    good_views: Count
    bad_views: Count
    good_items: Count
    bad_items: Count
    by_defect: dict[str, tuple[Count, Count]]
    area: float

    @property
    def view_accuracy(self) -> float:
        """The share of pictures with the right label."""
        return _accuracy(self.good_views, self.bad_views)

    @property
    def item_accuracy(self) -> float:
        """The share of ducks with the right verdict, OK only if both views are."""
        return _accuracy(self.good_items, self.bad_items)


def measure(scores: NDArray[np.float32], pictures: Pictures) -> Measure:
    """Count what became of each picture and each duck; `by_defect` gives the views that show it, and the items."""
    said = scores > THRESHOLD
    item_said = said.reshape(-1, _VIEWS).any(axis=1)
    item_defect = pictures.defect[::_VIEWS]
    item_ko = item_defect != ""
    by_defect = {
        kind: (
            _count(said, pictures.ko & (pictures.defect == kind)),
            _count(item_said, item_defect == kind),
        )
        for kind in DEFECT_KINDS
    }
    return Measure(
        good_views=_count(said, ~pictures.ko),
        bad_views=_count(said, pictures.ko),
        good_items=_count(item_said, ~item_ko),
        bad_items=_count(item_said, item_ko),
        by_defect=by_defect,
        area=area_under_curve(scores, pictures.ko),
    )


def area_under_curve(scores: NDArray[np.float32], ko: NDArray[np.bool_]) -> float:
    """The probability that a bad picture scores above a good one, ties counted half."""
    order, places = np.unique(scores, return_inverse=True)
    bad = np.bincount(places[ko], minlength=len(order))
    good = np.bincount(places[~ko], minlength=len(order))
    below = np.concatenate(([0], np.cumsum(good)[:-1]))
    return float((bad * (below + good / 2.0)).sum() / (bad.sum() * good.sum()))


def _count(said: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> Count:
    return Count(int(said[chosen].sum()), int(chosen.sum()))


def _accuracy(good: Count, bad: Count) -> float:
    right = good.total - good.called_ko + bad.called_ko
    return right / (good.total + bad.total)
