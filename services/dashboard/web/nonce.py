"""NiceGUI's own page with a nonce on its scripts, which no other script has."""

from pathlib import Path

import nicegui
from jinja2 import DictLoader
from nicegui.client import templates

_TEMPLATE = "index.html"


def put_into_template() -> None:
    """Have each script that stands in NiceGUI's page carry the nonce of its answer (`Guard` makes it).

    What pages add by `ui.add_body_html` carries none: a script of ours is a file below /static.
    """
    source = (Path(nicegui.__file__).parent / "templates" / _TEMPLATE).read_text(encoding="utf-8")
    nonced = source.replace("<script", '<script nonce="{{ request.state.nonce }}"')
    templates.env.loader = DictLoader({_TEMPLATE: nonced})
