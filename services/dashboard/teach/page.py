"""The page for teaching: a form, what is in force and what was taught, and the jobs that were."""

from nicegui import app as pages_app
from nicegui import ui

from dashboard.access.role import Role
from dashboard.jobs import view
from dashboard.jobs import words as telling
from dashboard.shell.frame import notice
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.teach import files
from dashboard.teach import result as _result  # noqa: F401 - it makes itself known
from dashboard.teach.form import form
from dashboard.teach.models_view import models
from dashboard.teach.upload import SCRIPT, upload
from dashboard.visit import Visit
from okko.model_files import has_litert

pages_app.include_router(files.router)

KINDS = ("teach", "model")


@page("/teach", "teach.title", role=Role.TECHNICIAN, icon="school")
async def teach(visit: Visit, camera: str = "", items: str = "") -> None:
    """Teach a camera; `items`: ids of items that somebody picked, with commas between."""
    t = visit.t
    ui.add_head_html(view.STYLE)
    ui.add_body_html(SCRIPT)
    words("h1", t("teach.title"))
    if not has_litert():
        notice(
            t("teach.no_litert"),
            t("teach.no_litert_text"),
            command="pip install 'okko[inference]'",
            icon="extension_off",
        )
        return
    with ui.element("div").classes("okko-stack"):
        _at_work(visit)
        form(visit, camera, tuple(item for item in items.split(",") if item))
        await models(visit)
        upload(visit)
        with ui.element("section").classes("okko-card"):
            words("h2", t("jobs.past"))
            view.history(visit, KINDS)


def _at_work(visit: Visit) -> None:
    """The heavy job that runs now, whose ever it is."""
    job = next((job for job in visit.desk.jobs.jobs if job.state == "running" and job.heavy), None)
    if job is None:
        return

    card = view.Running(visit, job.id, telling.title(visit.t, job))

    def look() -> None:
        if not card.look():
            timer.deactivate()
            ui.navigate.to(f"/job/{job.id}")

    timer = ui.timer(view.EVERY_S, look)
