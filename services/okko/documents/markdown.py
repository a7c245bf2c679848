"""The few pieces of Markdown that the pages are made of."""

import inspect
import re
from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; what would break a cell is escaped."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def prose(docstring: str | None) -> str:
    """A docstring as paragraphs, without its sections for callers (`Raises:`)."""
    text = inspect.cleandoc(docstring or "")
    return re.split(r"\n\n(?:Raises|Args|Returns):", text)[0]


def code(value: object) -> str:
    """A value as code."""
    return f"`{value}`"


def _cell(text: str) -> str:
    return text.replace("\n", " ").replace("|", "\\|")
