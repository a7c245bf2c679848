"""How far the teaching is, on stderr: a bar on a terminal, a line now and then elsewhere, JSON for programs."""

from types import TracebackType
from typing import Any, Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from workshop.progress_lines import ProgressLines

_LINES = 5
"""How many lines a stage has where nobody sees a bar."""


class Telling(Protocol):
    """One stage after the other, as a context manager: `stage`, then `step` for each thing done."""

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """That was all."""
        ...

    def stage(self, what: str, total: int | None = None) -> None:
        """Begin something that takes `total` steps, where that is known."""
        ...

    def step(self) -> None:
        """One more is done."""
        ...

    def say(self, text: str) -> None:
        """Something that a person should know."""
        ...

    def result(self, result: dict[str, Any]) -> None:
        """What came of it, for programs."""
        ...


class TellingPrograms(ProgressLines):
    """A JSON object a line."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is left open."""


class TellingPeople:
    """A bar, or plain lines."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._bar: Progress | None = None
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns, console=self._console, transient=True)
        self._what, self._done, self._total, self._told = "", 0, 0, 0

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def stage(self, what: str, total: int | None = None) -> None:
        """Begin something that takes `total` steps, where that is known."""
        self._what, self._done, self._total, self._told = what, 0, total or 0, 0
        if self._bar is None:
            self.say(f"{what} ...")
            return
        self._bar.refresh()
        for task in self._bar.task_ids:
            self._bar.remove_task(task)
        self._bar.add_task(what, total=total)

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[-1])
        elif self._total and (share := self._done * _LINES // self._total) > self._told:
            self._told = share
            self.say(f"{self._what}: {self._done} of {self._total}")

    def say(self, text: str) -> None:
        """Something that a person should know."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def result(self, result: dict[str, Any]) -> None:
        """People read it on stdout."""
