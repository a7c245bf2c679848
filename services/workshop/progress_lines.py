"""How far a long command is, for programs: `--progress json`, a JSON object a line on stderr.

`{"step": ..., "done": ..., "total": ..., "eta_s": ...}` as it goes on, `{"text": ...}` where there is something to say,
and `{"result": {...}}` in the end, which tells where the results are. Lines that are no JSON are for people: errors,
and what libraries have to say.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TextIO, TypeVar

T = TypeVar("T")

EVERY_S = 0.2
"""A program that draws a bar needs no more."""

_EARLY = 3
"""From fewer steps nothing is foretold: the first ones load what the others need."""


class ProgressLines:
    """One stage after the other: `stage`, then `step` for each thing done."""

    def __init__(self, out: TextIO | None = None, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._out = out or sys.stderr
        self._clock_s = clock_s
        self._what, self._done = "", 0
        self._total: int | None = None
        self._began_s = self._told_s = 0.0

    def stage(self, what: str, total: int | None = None) -> None:
        """Begin something that takes `total` steps, where that is known."""
        self._what, self._done, self._total = what, 0, total
        self._began_s = self._clock_s()
        self._tell()

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        if self._done == self._total or self._clock_s() - self._told_s >= EVERY_S:
            self._tell()

    def steps(self, steps: Iterable[T], total: int, what: str) -> Iterator[T]:
        """The same steps, each of them told: those of a stage."""
        self.stage(what, total)
        for step in steps:
            yield step
            self.step()

    def say(self, text: str) -> None:
        """Something that a person should know."""
        self._write({"text": text})

    def result(self, result: dict[str, Any]) -> None:
        """What came of it, and where it is: the last line."""
        self._write({"result": result})

    def _tell(self) -> None:
        self._told_s = self._clock_s()
        eta_s = time_left_s(self._done, self._total, self._told_s - self._began_s)
        self._write({"step": self._what, "done": self._done, "total": self._total, "eta_s": eta_s})

    def _write(self, line: dict[str, Any]) -> None:
        self._out.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._out.flush()


def time_left_s(done: int, total: int | None, elapsed_s: float) -> float | None:
    """How long the stage will still take (s), if it goes on as it went; None where nothing tells."""
    if total is None or done < min(_EARLY, total) or done == 0:
        return None
    return round(max(0, total - done) * elapsed_s / done, 1)
