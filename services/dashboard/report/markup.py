"""The few pieces of HTML that a report is made of; all text that comes from outside is escaped here. Pure."""

from collections.abc import Iterable, Sequence
from html import escape

from dashboard.shell.shapes import SHAPES
from okko.contracts import VerdictWord


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


Column = tuple[str, str]
"""A heading, and what stands below: text (""), numbers ("n") or times ("t")."""


def verdict(word: VerdictWord) -> Html:
    """A verdict as shape, colour and word."""
    return Html(f'<span class="word {word}"><span class="mark">{SHAPES[word]}</span>{word}</span>')


def text(content: str) -> str:
    """Content as it stands in a page: escaped, unless it is markup."""
    return content if isinstance(content, Html) else escape(content)


def paragraph(content: str, kind: str = "") -> str:
    """One paragraph."""
    return f"<p{_class(kind)}>{text(content)}</p>"


def tile(name: str, value: str, rest: str = "", kind: str = "") -> str:
    """A figure that is seen at once."""
    below = f"<small>{text(rest)}</small>" if rest else ""
    return f'<div class="tile"><span>{text(name)}</span><b{_class(kind)}>{text(value)}</b>{below}</div>'


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> str:
    """A table; the first cell of each row names it."""
    head = "".join(f'<th scope="col"{_class(kind)}>{text(name)}</th>' for name, kind in columns)
    kinds = [kind for _, kind in columns]
    body = "".join(f"<tr>{''.join(_cells(row, kinds))}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cells(row: Sequence[str], kinds: Sequence[str]) -> Iterable[str]:
    for place, (cell, kind) in enumerate(zip(row, kinds, strict=True)):
        tag, scope = ("td", "") if place else ("th", ' scope="row"')
        yield f"<{tag}{scope}{_class(kind)}>{text(cell)}</{tag}>"


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
