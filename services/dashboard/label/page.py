"""The label page: a big picture, a key for each thing that can be said of it, and the next one is there at once."""

from nicegui import ui

from dashboard.access.role import Role
from dashboard.items.page import head, no_record, now
from dashboard.items.wanted import wanted
from dashboard.label.work import Work
from dashboard.record import NoRecord
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.visit import Visit


@page("/label", "label.title", role=Role.TECHNICIAN, icon="sell")
async def label(visit: Visit) -> None:
    """Items to label: those that the address asks for, else the most doubtful."""
    head()
    ui.add_body_html('<script type="module" src="/static/coco.js"></script>')
    words("h1", visit.t("label.title"), "okko-sr")
    work = Work(visit, wanted(dict(ui.context.client.request.query_params), now()))
    try:
        await work.begin()
    except NoRecord as error:
        no_record(visit, error)
