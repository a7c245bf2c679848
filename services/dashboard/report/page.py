"""The page of reports: make one, look at those that are written, print them, take them away."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from nicegui import app as pages_app
from nicegui import ui

from dashboard.access.role import Role
from dashboard.desk import beside
from dashboard.report import files
from dashboard.report.actions import running
from dashboard.report.shifts import last_shift, shift_at
from dashboard.report.wording import Wording
from dashboard.report.written import Written, is_report, written
from dashboard.report.zone import local_zone
from dashboard.shell.frame import link, notice, sign
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.visit import Visit
from okko.errors import OkkoError

pages_app.include_router(files.router)

SHIFTS_BACK = 21
"""So many ended shifts can be chosen: a week of three."""

EVERY_S = 0.5
SPAN = "span"


@page("/report", "report.reports", icon="description")
async def reports(visit: Visit, name: str = "") -> None:
    """All reports, the newest first; `name`: the one that is looked at."""
    t = visit.t
    ui.add_head_html('<link rel="stylesheet" href="/static/report.css">')
    words("h1", t("report.reports"))
    if visit.desk.station.recorder is None:
        notice(t("report.nothing_recorded"), t("report.nothing_recorded_text"), icon="folder_off")
        return
    wording = Wording(t, local_zone())
    found = await beside(lambda: written(visit.desk.station.data))
    with ui.element("div").classes("okko-reports" + (" looking" if name else "")):
        with ui.element("div").classes("okko-side"):
            if visit.may(Role.OPERATOR):
                _Making(visit, wording)
            _list(visit, wording, found, name)
        if name:
            _view(visit, wording, name, found)


def _list(visit: Visit, wording: Wording, found: Sequence[Written], shown: str) -> None:
    t = visit.t
    if not found:
        notice(t("report.none_written"), t("report.none_written_text"), icon="description")
        return
    with ui.element("section").classes("okko-card okko-written"), ui.element("ul"):
        for one in found:
            _entry(visit, wording, one, current=one.name == shown)


def _entry(visit: Visit, wording: Wording, one: Written, *, current: bool) -> None:
    t = visit.t
    title = title_of(one, wording)
    with ui.element("li"):
        entry = ui.link(target=f"/report?name={quote(one.name)}").classes(replace="okko-report")
        if current:
            entry.props("aria-current=true")
        with entry:
            words("span", title)
            about = wording.instant(one.written_ms, seconds=False)
            if one.under_way:
                about = f"{about} · {t('report.so_far')}"
            words("small", f"{t('report.written')} {about}")
        take = ui.link(target=f"/api/report/{quote(one.name)}?download=true").classes(replace="okko-take")
        named = t("report.download_of", title=title)
        take.props(f'download aria-label="{named}" title="{t("report.download")}"')
        with take:
            sign("download")


def title_of(one: Written, wording: Wording) -> str:
    """What a written report is called in a list."""
    if one.shift is not None:
        day, _, number = one.shift.partition("/")
        return wording.t("report.shift_named", number=number, day=day)
    if one.span is not None:
        begin, end = (wording.instant(round(instant.timestamp() * 1000), seconds=False) for instant in one.span)
        return wording.t("report.span_named", begin=begin, end=end)
    return one.name


def _view(visit: Visit, wording: Wording, name: str, found: Sequence[Written]) -> None:
    t = visit.t
    one = next((one for one in found if one.name == name), None)
    with ui.element("section").classes("okko-card okko-view"):
        if one is None or not is_report(name):
            notice(t("report.report"), t("report.gone"), icon="find_in_page")
            return
        title, place = title_of(one, wording), f"/api/report/{quote(one.name)}"
        with ui.element("div").classes("okko-head"):
            words("h2", title)
            with ui.element("div").classes("okko-row"):
                # In the browser itself: what is printed is the report alone, as it looks on paper.
                printed = ui.button(t("report.print"), icon="print").props("no-caps")
                printed.on("click", js_handler="() => document.getElementById('report').contentWindow.print()")
                link(f"{place}?download=true", t("report.download")).props("download")
                link(place, t("report.open")).props("target=_blank")
        ui.element("iframe").props(f'id=report src="{place}" title="{title}"')


class _Making:
    """The form that has a report made; while one is, how far it is."""

    def __init__(self, visit: Visit, wording: Wording) -> None:
        self._visit = visit
        self._job = ""
        t = visit.t
        choices = _choices(visit, wording)
        with ui.element("section").classes("okko-card okko-make"):
            words("h2", t("report.make"))
            self._form = ui.element("div").classes("okko-fields")
            with self._form:
                self._which = ui.select(choices, value=list(choices)[1], label=t("report.which"))
                self._which.props("outlined dense").on_value_change(self._chosen)
                self._since, self._until = (
                    ui.input(t(f"report.{key}")).props("outlined dense type=datetime-local stack-label")
                    for key in ("since", "until")
                )
                ui.button(t("report.start"), on_click=self._start, icon="summarize").props("no-caps")
            self._progress = ui.element("div").classes("okko-progress").props("role=status")
            with self._progress:
                words("p", t("report.making"))
                self._bar = ui.element("progress").props(f'max=1 aria-label="{t("report.progress")}"')
                ui.button(t("report.cancel"), on_click=self._cancel, icon="close").props("no-caps outline")
            self._wrong = ui.label().classes("okko-wrong").props("role=alert")
        self._timer = ui.timer(EVERY_S, self._look, active=False)
        self._chosen()
        now = running(visit.desk)
        self._follow(now.id if now is not None else "")

    def _chosen(self) -> None:
        for field in (self._since, self._until):
            field.set_visibility(self._which.value == SPAN)

    async def _start(self) -> None:
        of_span = {"since": self._since.value, "until": self._until.value}
        asked = of_span if self._which.value == SPAN else {"shift": self._which.value}
        self._wrong.set_text("")
        try:
            begun = await self._visit.act("report.make", language=self._visit.t.language, **asked)
        except OkkoError as error:
            self._wrong.set_text(str(error))
            return
        self._follow(str(begun["job"]))

    async def _cancel(self) -> None:
        try:
            await self._visit.act("report.cancel", job=self._job)
        except OkkoError as error:
            self._wrong.set_text(str(error))

    def _follow(self, job_id: str) -> None:
        self._job = job_id
        self._form.set_visibility(not job_id)
        self._progress.set_visibility(bool(job_id))
        self._timer.active = bool(job_id)

    def _look(self) -> None:
        t, jobs = self._visit.t, self._visit.desk.jobs
        job = jobs.job(self._job)
        if job is not None and not job.ended:
            share = jobs.reading(job.id).progress.share
            self._bar.props(f"value={share:.2f}" if share is not None else "")
            return
        self._follow("")
        if job is not None and job.state == "done" and job.result is not None:
            ui.navigate.to(f"/report?name={quote(Path(str(job.result['report'])).name)}")
        elif job is not None and job.state == "cancelled":
            self._wrong.set_text(t("report.cancelled"))
        elif job is not None:
            self._wrong.set_text(t("report.not_made", why=job.why))


def _choices(visit: Visit, wording: Wording) -> dict[str, str]:
    """The shifts that can be chosen, by what `okko report --shift` takes."""
    t, starts, zone = visit.t, visit.desk.settings.shifts, wording.zone
    now = datetime.now(UTC)
    present = shift_at(now, starts, zone)
    found: dict[str, str] = {}
    shift = last_shift(now, starts, zone)
    for _ in range(SHIFTS_BACK):
        begin_ms, end_ms = (round(instant.timestamp() * 1000) for instant in (shift.begin, shift.end))
        found[shift.name] = wording.span(begin_ms, end_ms)
        shift = last_shift(shift.begin, starts, zone)
    current = t("report.current", time=wording.clock(round(present.begin.timestamp() * 1000)))
    return {"current": current, **found, SPAN: t("report.own_span")}
