"""Parts of pages about jobs: one that runs, those that were, and waiting for a short one."""

import asyncio
from collections.abc import Collection
from typing import Any

from nicegui import ui

from dashboard.jobs import words as telling
from dashboard.jobs.job import Job
from dashboard.shell.frame import link, sign
from dashboard.shell.html import words
from dashboard.visit import Visit
from okko.errors import OkkoError

EVERY_S = 0.5
PATIENCE_S = 120.0
STYLE = '<link rel="stylesheet" href="/static/jobs.css">'
SIGNS = {
    "queued": "schedule",
    "running": "sync",
    "done": "check_circle",
    "failed": "error",
    "cancelled": "cancel",
    "broken_off": "power_off",
}


class Running:
    """A card that follows a job, with how far it is and a way to cancel it; somebody's timer has it `look`."""

    def __init__(self, visit: Visit, job_id: str, title: str = "") -> None:
        self._visit, self._job_id = visit, job_id
        t = visit.t
        with ui.element("section").classes("okko-card okko-job"):
            with ui.element("div").classes("okko-head"):
                words("h2", title or t("jobs.progress"))
                self._state = ui.label().props("role=status")
            self._bar = ui.element("progress").props(f'max=1 aria-label="{t("jobs.progress")}"')
            with ui.element("div").classes("okko-row"):
                self._told, self._left = ui.label(), ui.label().classes("okko-quiet")
            self._button = ui.button(t("jobs.cancel"), on_click=self._cancel, icon="close").props("no-caps outline")
        self.look()

    def look(self) -> bool:
        """Show how far it is; False where it has ended."""
        t, jobs = self._visit.t, self._visit.desk.jobs
        job = jobs.job(self._job_id)
        if job is None or job.ended:
            return False
        progress = jobs.reading(self._job_id).progress
        self._state.set_text(t("jobs.state_ending") if job.stopped_by else t(f"jobs.state_{job.state}"))
        self._told.set_text("" if job.state == "queued" else telling.step(t, progress))
        self._left.set_text(telling.left(t, progress.eta_s))
        if progress.share is None:
            self._bar.props(remove="value")
        else:
            self._bar.props(f"value={progress.share:.3f}")
        return True

    async def _cancel(self) -> None:
        self._button.disable()
        await attempt(self._visit, "job.cancel", job=self._job_id)


def history(visit: Visit, kinds: Collection[str]) -> None:
    """The jobs of some kinds, the newest first, each with a way to what came of it."""
    t = visit.t
    found = [job for job in visit.desk.jobs.jobs if job.kind in kinds]
    if not found:
        words("p", t("jobs.none"), "okko-quiet")
        return
    with ui.element("div").classes("okko-scroll").props("tabindex=0"), ui.element("table").classes("okko-table"):
        with ui.element("thead"), ui.element("tr"):
            for name in ("when", "what", "by", "state"):
                words("th", t(f"jobs.{name}")).props("scope=col")
        with ui.element("tbody"):
            for job in found:
                with ui.element("tr"):
                    words("td", telling.when(job.asked_at))
                    with ui.element("td"):
                        link(f"/job/{job.id}", telling.title(t, job))
                    words("td", job.by)
                    with ui.element("td"):
                        state_of(visit, job)


def state_of(visit: Visit, job: Job) -> None:
    """How a job is, as sign and word."""
    with ui.element("span").classes(f"okko-state {job.state}"):
        sign(SIGNS[job.state])
        words("span", visit.t(f"jobs.state_{job.state}"))


async def attempt(visit: Visit, name: str, **args: Any) -> dict[str, Any] | None:
    """Do something on behalf of whoever looks; what speaks against it is told on the page, and None given."""
    try:
        return dict(await visit.act(name, **args))
    except OkkoError as error:
        complain(visit, str(error))
        return None


async def carried_out(visit: Visit, name: str, **args: Any) -> Job | None:
    """Do something that is a short job, and wait for its end; None, and told, where it did not succeed."""
    begun = await attempt(visit, name, **args)
    if begun is None:
        return None
    job_id, jobs = str(begun["job"]), visit.desk.jobs
    with ui.notification(visit.t("jobs.working"), spinner=True, timeout=None) as shown:
        waited_s = 0.0
        while (job := jobs.job(job_id)) is not None and not job.ended and waited_s < PATIENCE_S:
            await asyncio.sleep(EVERY_S)
            waited_s += EVERY_S
        shown.dismiss()
    if job is None or job.state != "done":
        complain(visit, visit.t("jobs.slow") if job is None or not job.ended else job.why)
        return None
    return job


def complain(visit: Visit, text: str) -> None:
    """Tell why something was not done; it stays until it is closed."""
    ui.notification(text, type="negative", timeout=None, close_button=visit.t("jobs.close"), multi_line=True)
