"""A field for a model file: it is sent by the browser itself, and looked at by the server before it is anything."""

from nicegui import ui

from dashboard.shell.html import words
from dashboard.visit import Visit

SCRIPT = '<script type="module" src="/static/upload.js"></script>'
"""Belongs into the page's body before anything is awaited: what comes later is not run by the browser."""


def upload(visit: Visit) -> None:
    """The card with the field; static/upload.js sends the file and goes on to its job."""
    t = visit.t
    with ui.element("section").classes("okko-card"):
        words("h2", t("teach.upload"))
        words("p", t("teach.upload_text"), "okko-quiet")
        field = ui.element("okko-upload")
        field.props["csrf"] = visit.person.csrf
        field.props["label"] = t("teach.upload_file")
        field.props["sending"] = t("teach.upload_sending")
        field.props["failed"] = t("teach.upload_failed")
