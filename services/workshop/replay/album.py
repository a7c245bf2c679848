"""The flips that are shown with their pictures: a bounded number, drawn evenly from all. Pure."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from okko.contracts import VerdictWord
from workshop.replay.tally import Looked, Outcome

PICTURED = 40
"""So many flips in each direction; with two cameras a page of about 5 MB."""

_SEED = 0
"""The same record gives the same page."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A small JPEG of what a camera saw, or why there is none."""

    camera: str
    jpeg: bytes
    width_px: int = 0
    height_px: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A flip with its pictures."""

    outcome: Outcome
    pictures: Sequence[Picture]


class Album:
    """Sees each flip once and keeps `size` of either direction, each with the same chance (Vitter's algorithm R)."""

    def __init__(self, picture: Callable[[Looked], Sequence[Picture]], size: int = PICTURED) -> None:
        self._picture = picture
        self._size = size
        self._random = random.Random(_SEED)  # noqa: S311 - it guards nothing
        self._seen: dict[VerdictWord, int] = {"OK": 0, "KO": 0}
        self._kept: dict[VerdictWord, list[Page]] = {"OK": [], "KO": []}

    def add(self, looked: Looked) -> None:
        """A flip; its pictures are made only where it is kept."""
        now = looked.outcome.after.verdict
        kept, seen = self._kept[now], self._seen[now]
        self._seen[now] = seen + 1
        place = seen if seen < self._size else self._random.randrange(seen + 1)
        if place >= self._size:
            return
        page = Page(looked.outcome, self._picture(looked))
        if place < len(kept):
            kept[place] = page
        else:
            kept.append(page)

    def pages(self, now: VerdictWord) -> list[Page]:
        """The flips that became this, in the order of their decisions."""
        return sorted(self._kept[now], key=lambda page: (page.outcome.decided_at, page.outcome.item_id))

    def seen(self, now: VerdictWord) -> int:
        """How many became this."""
        return self._seen[now]
