"""What was done by whom, for technicians: filtered, a page at a time, and as a file."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from dashboard.access.audit import Query
from dashboard.access.now import now_ms
from dashboard.access.records import Audited
from dashboard.access.role import Role
from dashboard.actions import Refused
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.shell.when import local_text
from dashboard.visit import Visit

A_PAGE = 100
_HOUR_MS = 3_600_000
_PERIODS = {"hour": _HOUR_MS, "day": 24 * _HOUR_MS, "week": 7 * 24 * _HOUR_MS, "all": None}
_HEADINGS = ("time", "who", "role", "address", "action", "object", "result", "detail")
_RESULTS = ("done", "refused", "failed")


@page("/audit", "access.audit_title", role=Role.TECHNICIAN, icon="history")
async def audit(visit: Visit) -> None:
    """The newest entries first."""
    ui.add_head_html('<link rel="stylesheet" href="/static/access.css">')
    await _AuditPage(visit).show()


class _AuditPage:
    """The filters and the entries that they let through."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._t = visit.t
        self._query = Query(limit=A_PAGE)
        self._chosen: dict[str, str] = {}

    async def show(self) -> None:
        t = self._t
        names, actions = await self._visit.desk.access.ask(lambda book: book.audit.words())
        with ui.element("div").classes("okko-head"):
            words("h1", t("access.audit_title"))
            self._file = ui.link(t("access.export"), "/audit.csv").classes(replace="okko-button").props("download")
        with ui.element("div").classes("okko-filters"):
            self._choice("who", {name: name or t("access.nobody_known") for name in names})
            self._choice("action", {name: name for name in actions})
            self._choice("result", {name: t(f"access.result_{name}") for name in _RESULTS})
            self._choice("period", {name: t(f"access.period_{name}") for name in _PERIODS if name != "all"})
            text = ui.input(t("access.text")).props("outlined dense clearable debounce=300").classes("okko-field")
            text.on_value_change(lambda event: self._choose("text", event.value))
        with ui.element("div").classes("okko-card okko-scroll"), ui.element("table").classes("okko-table wide"):
            with ui.element("thead"), ui.element("tr"):
                for heading in _HEADINGS:
                    words("th", t(f"access.{heading}")).props("scope=col")
            self._body = ui.element("tbody")
        self._told = ui.label().props("role=status").classes("okko-told")
        self._older = ui.button(t("access.older"), on_click=self._show_older).props("no-caps flat")
        await self._draw()

    def _choice(self, field: str, options: dict[str, str]) -> None:
        label = self._t(f"access.{field}")
        choice = ui.select({None: self._t("access.any"), **options}, label=label, value=None)
        choice.props("outlined dense options-dense").classes("okko-field")
        choice.on_value_change(lambda event: self._choose(field, event.value))

    async def _choose(self, field: str, value: str | None) -> None:
        if value:
            self._chosen[field] = value
        else:
            self._chosen.pop(field, None)
        await self._draw()

    async def _draw(self) -> None:
        span_ms = _PERIODS[self._chosen.get("period", "all")]
        fields: dict[str, Any] = {name: value for name, value in self._chosen.items() if name != "period"}
        if span_ms is not None:
            fields["since_ms"] = now_ms() - span_ms
        self._query = Query(**fields, limit=A_PAGE)
        self._file.props["href"] = f"/audit.csv?{urlencode(fields)}"
        self._file.update()
        self._body.clear()
        await self._show_more()

    async def _show_older(self) -> None:
        await self._show_more()

    async def _show_more(self) -> None:
        try:
            await self._visit.look(Role.TECHNICIAN)
        except Refused as refused:
            self._told.set_text(str(refused))
            return
        found = await self._visit.desk.access.audited(self._query)
        with self._body:
            for entry in found:
                self._row(entry)
        is_empty = not self._body.default_slot.children
        self._told.set_text(self._t("access.no_entries") if is_empty else "")
        self._older.set_visibility(len(found) == A_PAGE)
        if found:
            self._query = replace(self._query, before_id=found[-1].id)

    def _row(self, entry: Audited) -> None:
        t = self._t
        role = t(f"shell.role_{entry.role}") if entry.role else ""
        result = t(f"access.result_{entry.result}")
        texts = (entry.who, role, entry.address, entry.action, entry.object, result, entry.detail)
        with ui.element("tr").classes(f"okko-{entry.result}"):
            for heading, text in zip(_HEADINGS, (local_text(entry.at_ms), *texts), strict=True):
                shape = "time" if heading == "time" else "long" if heading in {"object", "detail"} else ""
                words("td", text, shape).props["data-label"] = t(f"access.{heading}")
