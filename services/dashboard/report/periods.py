"""Which configurations were in force, found from few of the items: those between two alike are taken for alike. Pure.

To read the story of each of half a million items took 18 s, of a few hundred of them a fraction of one. A change that
was taken back before the next look is not seen; the events tell of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from dashboard.report.figures import ModelUsed, Period

LOOKS_A_PAGE = 64


class LookModel(msgspec.Struct, frozen=True):
    """Of a model, what it is called."""

    name: str
    version: str


class LookPrediction(msgspec.Struct, frozen=True):
    """Of a prediction, who made it."""

    camera: str
    model: LookModel
    shadow: bool = False


class Look(msgspec.Struct, frozen=True):
    """Of an item's story, what it was judged by."""

    config_sha256: str
    predictions: tuple[LookPrediction, ...] = ()


@dataclass(slots=True)
class _Open:
    sha256: str
    first_ms: int
    last_ms: int
    models: dict[str, dict[ModelUsed, None]] = field(default_factory=dict)


class Periods:
    """Takes pages of items in the order of their decisions.

    `look` reads one item's story, by its row; None where it is there no more.
    """

    def __init__(self, look: Callable[[int], Look | None]) -> None:
        self._look = look
        self._periods: list[_Open] = []

    def page(self, rows: Sequence[tuple[int, int]]) -> None:
        """Some more items: when each was decided (Unix, ms), and its row."""
        if not rows:
            return
        every = max(1, len(rows) // LOOKS_A_PAGE)
        places = [*range(0, len(rows) - 1, every), len(rows) - 1]
        before = 0
        for place in places:
            look = self._look(rows[place][1])
            if look is None:
                continue
            if self._periods and place and look.config_sha256 != self._periods[-1].sha256:
                self._change(rows, before, place)
            self._see(rows[place][0], look)
            before = place

    def all(self) -> list[Period]:
        """The periods, first to last."""
        return [
            Period(
                one.sha256,
                one.first_ms,
                one.last_ms,
                {camera: tuple(models) for camera, models in sorted(one.models.items())},
            )
            for one in self._periods
        ]

    def _change(self, rows: Sequence[tuple[int, int]], before: int, after: int) -> None:
        """Note where it changed: the last item of the one period, and the first of the next."""
        old = self._periods[-1].sha256
        low, high = before, after
        while high - low > 1:
            middle = (low + high) // 2
            look = self._look(rows[middle][1])
            if look is None or look.config_sha256 == old:
                low = middle
            else:
                high = middle
        self._periods[-1].last_ms = rows[low][0]
        if (first := self._look(rows[high][1])) is not None:
            self._see(rows[high][0], first)

    def _see(self, at_ms: int, look: Look) -> None:
        if not self._periods or self._periods[-1].sha256 != look.config_sha256:
            self._periods.append(_Open(look.config_sha256, at_ms, at_ms))
        period = self._periods[-1]
        period.last_ms = at_ms
        for one in look.predictions:
            used = ModelUsed(one.model.name, one.model.version, one.shadow)
            period.models.setdefault(one.camera, {})[used] = None
