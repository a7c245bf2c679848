"""The last verdicts and events, one a line."""

import math
from collections.abc import Iterable

from rich.text import Text

from okko import contracts as c
from okko.watch.canvas import columns, right, title
from okko.watch.plain import plain, time_of_day
from okko.watch.words import MEANINGS

_ALL_FROM, _SEQ_FROM = 70, 48
"""Cells from which there is room for all columns, or for all but the time."""

_MOST_MS = 1e6


def verdicts(newest_first: Iterable[c.Verdict], width: int) -> list[Text]:
    """A heading and a line for each verdict, what was found where it is KO."""
    rows = [_cells(verdict, width) for verdict in newest_first]
    lines = columns(rows, width, len(rows[0]) - 1) if rows else [Text("none yet", style="dim")]
    return [title("Verdicts", width), *lines]


def _cells(verdict: c.Verdict, width: int) -> list[Text]:
    cells = [
        word(verdict.verdict),
        Text(plain(verdict.part_id, max(8, min(24, width // 4))) or "-"),
        _latency(verdict),
        _remark(verdict),
    ]
    if width >= _SEQ_FROM:
        cells.insert(2, right("" if verdict.seq is None else str(verdict.seq), "dim"))
    if width >= _ALL_FROM:
        cells.insert(0, Text(time_of_day(verdict.decided_at), style="dim"))
    return cells


def word(verdict: c.VerdictWord) -> Text:
    """OK or KO: by colour, and by word for those who do not see it."""
    return Text(verdict, style="bold green" if verdict == "OK" else "bold red")


def _latency(verdict: c.Verdict) -> Text:
    late = not verdict.deadline_met
    known = math.isfinite(verdict.latency_ms) and abs(verdict.latency_ms) < _MOST_MS
    return right(f"{verdict.latency_ms:.1f} ms" if known else "long", "bold yellow" if late else "")


def _remark(verdict: c.Verdict) -> Text:
    text = Text()
    for mark, is_so in _marks(verdict):
        if is_so:
            text.append(f"{mark} ", style="yellow")
    if verdict.verdict == "KO":
        text.append(f"{verdict.reason}: ", style="red" if verdict.reason != "rules" else "")
        text.append(plain(verdict.finding or MEANINGS[verdict.reason]))
    return text


def _marks(verdict: c.Verdict) -> tuple[tuple[str, bool], ...]:
    golden = f"golden, must be {verdict.expected}"
    return (golden, verdict.golden), ("again", verdict.duplicate), ("borderline", verdict.borderline)


def line(verdict: c.Verdict) -> Text:
    """A verdict as one line of a log, for where there is no screen."""
    text = Text(f"{plain(verdict.decided_at, 40)}  ").append_text(word(verdict.verdict))
    known = math.isfinite(verdict.latency_ms) and abs(verdict.latency_ms) < _MOST_MS
    text.append(f"  {plain(verdict.part_id, 64):<12} {verdict.latency_ms if known else _MOST_MS:6.1f} ms")
    for mark, is_so in _marks(verdict):
        text.append(f" {mark}" if is_so else "", style="yellow")
    return text.append(f"  {verdict.reason}: {plain(verdict.finding or '')}" if verdict.verdict == "KO" else "")


def events(newest_first: Iterable[c.Event], width: int) -> list[Text]:
    """A heading and a line for each event; nothing where nothing happened."""
    styles = {"info": "", "warning": "yellow", "error": "red"}
    rows = [
        [
            Text(time_of_day(event.at), style="dim"),
            Text(plain(event.code, 32), style=styles[event.severity]),
            Text(plain(f"{event.agent}: {event.text}")),
        ]
        for event in newest_first
    ]
    return [title("Events", width), *columns(rows, width, 2)] if rows else []
