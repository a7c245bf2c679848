"""How far it is, on stderr: a bar on a terminal, nothing elsewhere, or JSON for programs."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from workshop.progress_lines import ProgressLines

T = TypeVar("T")


def shown(steps: Iterable[T], count: int, what: str, lines: ProgressLines | None = None) -> Iterator[T]:
    """The same steps, with a bar on stderr where that is a terminal, or told to `lines`."""
    if lines is not None:
        yield from lines.steps(steps, count, what)
        return
    if not sys.stderr.isatty():
        yield from steps
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield from bar.track(steps, total=count, description=what)
