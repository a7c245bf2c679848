"""How many triggers never came, by the PLC's counter, as the decision agent counts them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

IN_FLIGHT = 2000
"""Items overtake each other by fewer than this: a station works on 1000 at most."""


@dataclass(slots=True)
class Missed:
    """Reads the counter of items in the order of their decisions, and puts them in that of their arrival first."""

    count: int = 0
    _last: int | None = None
    _held: tuple[tuple[str, int], ...] = ()

    def add(self, items: Iterable[tuple[str, int]]) -> None:
        """Some more items: their ids, which sort by arrival, and their `seq`."""
        ordered = sorted((*self._held, *items))
        certain, self._held = ordered[:-IN_FLIGHT], tuple(ordered[-IN_FLIGHT:])
        self._follow(certain)

    def end(self) -> int:
        """All have come; how many triggers are missing between them."""
        held, self._held = self._held, ()
        self._follow(held)
        return self.count

    def _follow(self, items: Iterable[tuple[str, int]]) -> None:
        for _, seq in items:
            if self._last is not None and seq > self._last + 1:
                self.count += seq - self._last - 1
            self._last = seq  # a step back is a counter that began again
