"""The page of a job: how far it is, and in the end what came of it, as its kind shows it."""

from collections.abc import Awaitable, Callable

from nicegui import app as pages_app
from nicegui import ui

from dashboard.access.role import Role
from dashboard.jobs import files, view
from dashboard.jobs import words as telling
from dashboard.jobs.job import Job
from dashboard.shell.frame import link, notice
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.visit import Visit

pages_app.include_router(files.router)

Show = Callable[[Visit, Job], Awaitable[None]]
RESULTS: dict[str, Show] = {}
"""What shows the result of a kind of jobs: each kind's package says so."""

BACK = {"replay": "/replay"}
"""Where the page of a kind is; else that of teaching."""


@page("/job/{job_id}", "jobs.title", role=Role.TECHNICIAN)
async def shown(visit: Visit, job_id: str) -> None:
    """One job."""
    ui.add_head_html(view.STYLE)
    job = visit.desk.jobs.job(job_id)
    if job is None:
        notice(visit.t("jobs.gone"), visit.t("jobs.gone_text"), icon="search_off")
        return
    link(BACK.get(job.kind, "/teach"), visit.t("jobs.back"))
    with ui.element("div").classes("okko-head"):
        words("h1", telling.title(visit.t, job))
        words("p", visit.t("jobs.asked", by=job.by, at=telling.when(job.asked_at)), "okko-quiet")
    box = ui.element("div").classes("okko-stack")
    at_work: list[view.Running] = []

    async def draw() -> None:
        box.clear()
        at_work.clear()
        with box:
            now = visit.desk.jobs.job(job_id)
            if now is None:
                notice(visit.t("jobs.gone"), visit.t("jobs.gone_text"), icon="search_off")
            elif not now.ended:
                at_work.append(view.Running(visit, job_id))
            else:
                await _ended(visit, now)

    async def look() -> None:
        if at_work and not at_work[0].look():
            await draw()

    await draw()
    if at_work:
        # Outside of the box: what is drawn anew would take the timer with it while it works.
        ui.timer(view.EVERY_S, look)


async def _ended(visit: Visit, job: Job) -> None:
    t = visit.t
    if job.state != "done":
        with ui.element("section").classes("okko-card okko-job"):
            view.state_of(visit, job)
            if job.why:
                words("pre", job.why, "okko-said")
            elif job.stopped_by:
                words("p", t("jobs.stopped_by", person=job.stopped_by))
    for text in job.texts:
        words("p", text.removeprefix("note: "), "okko-note")
    if (show := RESULTS.get(job.kind)) is not None:
        await show(visit, job)

    async def remove() -> None:
        if await view.attempt(visit, "job.remove", job=job.id) is not None:
            ui.navigate.to(BACK.get(job.kind, "/teach"))

    ui.button(t("jobs.remove"), on_click=remove, icon="delete").props("no-caps flat")
