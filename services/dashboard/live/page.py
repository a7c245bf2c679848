"""The live page: one element that follows the line by itself; Python only gives it its words."""

import json

from nicegui import ui

from dashboard.report.zone import local_zone
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.visit import Visit


@page("/", "live.title", icon="visibility")
def live(visit: Visit) -> None:
    """The line as it is."""
    ui.add_body_html('<script type="module" src="/static/board.js"></script>')
    words("h1", visit.t("live.title"), "okko-sr")
    board = ui.element("okko-board")
    board.props["texts"] = json.dumps(visit.t.all_of("live"))
    board.props["zone"] = local_zone().key
    board.props["cameras"] = json.dumps([camera.name for camera in visit.desk.station.cameras])
