"""Cameras: what each sees, how light and sharp it is, and the part of it that is published."""

import json

from nicegui import ui

from dashboard.access.role import Role
from dashboard.setup.around import tabs
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.visit import Visit

EXPOSED = {"usb": ("exposure_us", "gain", "focus"), "picamera2": ("exposure_us", "gain", "lens_position")}
"""Of these sources, what can be set from here."""


@page("/station/cameras", "setup.cameras", role=Role.TECHNICIAN)
def cameras(visit: Visit) -> None:
    """All cameras, live while one looks."""
    tabs(visit, "/station/cameras")
    words("p", visit.t("setup.cameras_about"), "okko-quiet")
    with ui.element("div").classes("setup-cameras"):
        for camera in visit.desk.station.cameras:
            shown = ui.element("okko-setup-camera")
            shown.props["camera"] = camera.name
            shown.props["roi"] = json.dumps(camera.roi)
            shown.props["texts"] = json.dumps(visit.t.all_of("setup"))
            names = EXPOSED.get(camera.source.kind, ())
            shown.props["settings"] = json.dumps({name: getattr(camera.source, name) for name in names})
