"""Lines of a terminal, put above and beside each other: pure."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.segment import Segment
from rich.text import Text

Line = list[Segment]
GAP = 2


def drawn(console: Console, texts: Iterable[Text], width: int) -> list[Line]:
    """Each text as one line of exactly this width, cut with an ellipsis where it is longer."""
    lines = []
    for text in texts:
        line = text.copy()
        line.truncate(width, overflow="ellipsis", pad=True)
        # Text without spans renders without its own style.
        segments = Segment.apply_style(line.render(console), console.get_style(line.style))
        lines.append([segment for segment in segments if segment.text])
    return lines


def beside(left: Sequence[Line], right: Sequence[Line], left_width: int, gap: int = GAP) -> list[Line]:
    """Two blocks side by side; `left_width` is what each line of the left one has."""
    lines = []
    for row in range(max(len(left), len(right))):
        first = left[row] if row < len(left) else [Segment(" " * left_width)]
        second = right[row] if row < len(right) else []
        lines.append([*first, Segment(" " * gap), *second])
    return lines


def columns(rows: Sequence[Sequence[Text]], width: int, gives: int, gap: int = GAP) -> list[Text]:
    """Rows as one text each, their cells aligned; where there is no room, column `gives` becomes narrower."""
    if not rows:
        return []
    widths = [max(row[at].cell_len for row in rows) for at in range(len(rows[0]))]
    others = sum(widths) - widths[gives] + gap * (len(widths) - 1)
    widths[gives] = max(1, min(widths[gives], width - others))
    return [_row(row, widths, gap) for row in rows]


def _row(cells: Sequence[Text], widths: Sequence[int], gap: int) -> Text:
    row = Text(no_wrap=True)
    for at, (cell, cell_width) in enumerate(zip(cells, widths, strict=True)):
        fitted = cell.copy()
        missing = cell_width - fitted.cell_len
        if missing < 0:
            fitted.truncate(cell_width, overflow="ellipsis")
        elif missing and fitted.justify == "right":
            fitted.pad_left(missing)
        elif missing and at < len(widths) - 1:
            fitted.pad_right(missing)
        row.append_text(fitted)
        if at < len(widths) - 1:
            row.append(" " * gap)
    return row


def title(text: str, width: int, more: str = "") -> Text:
    """A heading with a rule to the end of the line."""
    line = Text(no_wrap=True).append(f"{text} ", style="bold")
    if more:
        line.append(f"{more} ", style="dim")
    return line.append("─" * max(0, width - line.cell_len), style="bright_black")


def right(text: str, style: str = "") -> Text:
    """A cell whose text stands at its right edge."""
    return Text(text, style=style, justify="right")
