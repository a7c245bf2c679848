"""Escapes and false rejects against a threshold. Pure."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from okko.contracts import VerdictWord
from workshop.replay.sweep_step import Step
from workshop.replay.sweep_target import Target
from workshop.replay.wilson import wilson

STEPS = 50
"""Into how many a range is divided, about."""

CHANGES = 25
"""How many thresholds come from the scores themselves."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many, as a share per thousand with its 95 % interval."""

    count: int
    of: int

    @property
    def per_thousand(self) -> float | None:
        """None where nothing was counted."""
        return round(1000 * self.count / self.of, 1) if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """Per thousand."""
        low, high = wilson(self.count, self.of)
        return round(1000 * low, 1), round(1000 * high, 1)

    def __str__(self) -> str:
        if not self.of:
            return "none seen"
        low, high = self.interval
        return f"{self.count} of {self.of}: {self.per_thousand:.0f} ({low:.0f} to {high:.0f})"


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold would let through and reject."""

    threshold: float
    escapes: Rate
    false_rejects: Rate
    in_force: bool = False


@dataclass(slots=True)
class Sweep:
    """The labelled items so far, each as the one step of its verdict."""

    target: Target
    steps: dict[VerdictWord, list[Step]] = field(default_factory=lambda: {"OK": [], "KO": []})
    scores: tuple[float, float] | None = None
    in_force: set[float] = field(default_factory=set)

    def add(self, truth: VerdictWord, step: Step, scores: Sequence[float], in_force: Iterable[float]) -> None:
        """Count an item; `in_force` are the thresholds that stand in the rules, or in the model."""
        self.steps[truth].append(step)
        self.in_force.update(in_force)
        if scores:
            low, high = self.scores or (scores[0], scores[0])
            self.scores = min(low, *scores), max(high, *scores)

    def points(self) -> list[Point]:
        """The curve, from the lowest threshold to the highest."""
        if self.target.key == "min_score":
            grid = {round(index / STEPS, 6) for index in range(STEPS + 1)} | {self.target.floor or 0.0}
        else:
            grid = set(_nice(*(self.scores or (0.0, 1.0))))
        grid |= self._where_it_changes()
        floor = -math.inf if self.target.floor is None else self.target.floor
        thresholds = sorted(t for t in grid | self.in_force if t >= floor)
        return [self.point(threshold) for threshold in thresholds]

    def _where_it_changes(self) -> set[float]:
        """Some of the thresholds at which a verdict changes: scores gather, and even steps would miss what happens."""
        found = sorted({step.at for steps in self.steps.values() for step in steps if step.below != step.above})
        return {found[index * (len(found) - 1) // CHANGES] for index in range(CHANGES + 1)} if found else set()

    def point(self, threshold: float) -> Point:
        """One threshold."""
        escapes = sum(step.verdict(threshold) == "OK" for step in self.steps["KO"])
        rejects = sum(step.verdict(threshold) == "KO" for step in self.steps["OK"])
        return Point(
            threshold,
            Rate(escapes, len(self.steps["KO"])),
            Rate(rejects, len(self.steps["OK"])),
            threshold in self.in_force,
        )


def runs(points: Iterable[Point]) -> Iterator[tuple[Point, Point]]:
    """The first and the last of neighbours that are the same; a threshold in force stands alone."""
    run: list[Point] = []
    for point in points:
        same = run and (run[0].escapes, run[0].false_rejects) == (point.escapes, point.false_rejects)
        if run and (not same or point.in_force or run[0].in_force):
            yield run[0], run[-1]
            run = []
        run.append(point)
    if run:
        yield run[0], run[-1]


def _nice(low: float, high: float) -> list[float]:
    """About `STEPS` round numbers that take in both ends."""
    span = (high - low) or max(abs(high), 1.0)
    size = 10.0 ** math.floor(math.log10(span / STEPS))
    step = next(size * factor for factor in (1, 2, 5, 10) if span / (size * factor) <= STEPS)
    first, last = math.floor(low / step), math.ceil(high / step) + 1
    digits = max(0, 2 - math.floor(math.log10(step)))
    return [round(index * step, digits) for index in range(first, last + 1)]
