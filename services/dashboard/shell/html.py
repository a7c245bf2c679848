"""Plain HTML elements with words in them: headings, paragraphs, code."""

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement


class _Words(TextElement):
    """An element of any tag with a text."""


def words(tag: str, text: str, classes: str = "") -> ui.element:
    """An element `tag` that holds `text`, which is never taken as HTML."""
    return _Words(tag=tag, text=text).classes(classes)
