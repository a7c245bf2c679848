"""Where the time goes: the stages of an item as a bar, and the whole against the deadline."""

from collections.abc import Mapping

from rich.text import Text

from okko import contracts as c
from okko.watch.canvas import columns, right, title
from okko.watch.plain import duration
from okko.watch.words import STAGES

COLOURS: Mapping[str, str] = dict(
    zip(
        STAGES,
        ("cyan", "blue", "magenta", "bright_black", "yellow", "green", "bright_cyan", "red", "bright_magenta", "white"),
        strict=True,
    )
)
_BAR = 24
"""Cells: longer bars tell no more."""


def budget(
    stages: Mapping[str, c.Percentiles], whole: c.Percentiles | None, deadline_ms: float, width: int
) -> list[Text]:
    """A heading, a line for each stage, and the whole against the deadline; nothing before the first item."""
    if whole is None:
        return []
    lines = [title("Where the time goes", width, "p50, p99 in ms")]
    most = max((ranks.p50_ms for ranks in stages.values()), default=0.0)
    room = max(4, min(_BAR, width - 33))
    rows = [
        [
            Text(STAGES[stage]),
            right(f"{ranks.p50_ms:.1f}"),
            right(f"{ranks.p99_ms:.1f}", "dim"),
            _bar(ranks.p50_ms, most, room, COLOURS[stage]),
        ]
        for stage, ranks in stages.items()
    ]
    return [*lines, *columns(rows, width, 3), *against_deadline(stages, whole, deadline_ms, width)]


def against_deadline(
    stages: Mapping[str, c.Percentiles], whole: c.Percentiles | None, deadline_ms: float, width: int
) -> list[Text]:
    """The deadline as one bar: what half of the items need of it, by stage, up to what 99 of 100 need, and the rest."""
    if whole is None or deadline_ms <= 0:
        return []
    said = Text(
        f" p99 {duration(whole.p99_ms)} of {duration(deadline_ms)}",
        style="" if _fits(whole, deadline_ms) else "bold red",
    )
    room = max(4, width - said.cell_len)
    bar = Text(no_wrap=True)
    spent_ms = 0.0
    for stage, ranks in stages.items():
        spent_ms += ranks.p50_ms
        bar.append("█" * (_cells(spent_ms, deadline_ms, room) - bar.cell_len), style=COLOURS[stage])
    if not stages:
        bar.append("█" * _cells(whole.p50_ms, deadline_ms, room), style="green")
    bar.append("▒" * (_cells(whole.p99_ms, deadline_ms, room) - bar.cell_len), style="yellow")
    bar.append("·" * (room - bar.cell_len), style="bright_black")
    return [bar.append_text(said)]


def _fits(whole: c.Percentiles, deadline_ms: float) -> bool:
    return whole.p99_ms <= deadline_ms


def _cells(ms: float, whole_ms: float, room: int) -> int:
    return min(room, max(0, round(room * min(1.0, ms / whole_ms))))


def _bar(ms: float, most_ms: float, room: int, colour: str) -> Text:
    return Text("█" * (_cells(ms, most_ms, room) if most_ms > 0 else 0), style=colour)
