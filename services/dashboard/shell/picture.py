"""A frame on a page: the picture, and what was found in it drawn on it by the browser (static/frame.js)."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from nicegui import ui

from okko import contracts as c
from recorder.annotations import Annotation


class Pictured(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the browser draws. `src`: where the picture is; without a size it is taken from the picture itself.

    `drawn` is what people drew: in dashes, so that it is told apart from what models found.
    """

    src: str
    alt: str
    width_px: int = 0
    height_px: int = 0
    roi: tuple[float, float, float, float] | None = None
    predictions: Sequence[c.Prediction] = ()
    drawn: Sequence[Annotation] = ()


def picture(pictured: Pictured) -> ui.element:
    """An element that shows it; another one is shown by `show`."""
    element = ui.element("okko-frame")
    show(element, pictured)
    return element


def show(element: ui.element, pictured: Pictured) -> None:
    """Have an element that `picture` gave show another picture."""
    element.props["shown"] = msgspec.json.encode(pictured).decode()
    element.update()
