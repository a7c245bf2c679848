"""How far a report is, on stderr: a bar on a terminal, nothing elsewhere, or JSON for programs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.report.record import Progress
from workshop.progress_lines import ProgressLines

STEPS = 100
"""Told in hundredths of what is to be read."""

READING = "record"
"""The one stage that takes long."""


@contextmanager
def telling(lines: ProgressLines | None) -> Iterator[Progress]:
    """What hears the share that is done, 0..1: `lines` where they are given."""
    if lines is not None:
        lines.stage(READING, STEPS)
        steps = _Steps(lines)
        yield steps.at
        steps.at(1.0)
        return
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(READING, total=1.0)
        yield lambda share: bar.update(task, completed=share)


class _Steps:
    def __init__(self, lines: ProgressLines) -> None:
        self._lines = lines
        self._done = 0

    def at(self, share: float) -> None:
        """So much is done by now, 0..1."""
        while self._done < min(STEPS, int(share * STEPS)):
            self._lines.step()
            self._done += 1
