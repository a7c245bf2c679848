"""A verdict as shape, colour and word: told apart by any one of them."""

from nicegui import ui

from dashboard.shell.html import words
from dashboard.shell.shapes import SHAPES
from okko.contracts import VerdictWord


def verdict(word: VerdictWord) -> ui.element:
    """The verdict, as it stands in lists and beside pictures."""
    with ui.element("span").classes(f"okko-word {word}") as element:
        ui.html(SHAPES[word], sanitize=False, tag="span")
        words("span", word)
    return element
