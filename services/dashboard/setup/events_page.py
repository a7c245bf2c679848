"""The events of the station, newest first, as the page's agent has noted them."""

import html
import sqlite3
from collections.abc import Iterable

from nicegui import ui

from dashboard.desk import beside
from dashboard.events.reader import NotedEvent, newest_events
from dashboard.setup.around import shown_later, tabs
from dashboard.shell.frame import link, notice
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.shell.when import local_text
from dashboard.texts import Texts
from dashboard.visit import Visit
from okko.contracts import Severity

MOST = 300
CHOICES: dict[str, tuple[Severity, ...]] = {"all": (), "warning": ("warning", "error"), "error": ("error",)}


@page("/station/events", "setup.events")
def events(visit: Visit, severity: str = "all") -> None:
    """Those of a severity and above; all of them where nothing is said."""
    chosen = severity if severity in CHOICES else "all"
    tabs(visit, "/station/events")
    with ui.element("nav").classes("setup-tabs").props(f'aria-label="{visit.t("setup.severity")}"'):
        for name in CHOICES:
            entry = link(f"/station/events?severity={name}", visit.t(f"setup.events_{name}"), "setup-tab")
            if name == chosen:
                entry.props("aria-current=true")

    async def show() -> None:
        await _show(visit, chosen)

    shown_later(visit, show)


async def _show(visit: Visit, chosen: str) -> None:
    data = visit.desk.station.data
    try:
        found = await beside(lambda: newest_events(data, MOST, severities=CHOICES[chosen]))
    except sqlite3.Error as error:
        notice(visit.t("setup.no_events"), str(error))
        return
    if not found:
        words("p", visit.t("setup.no_events"), "okko-quiet")
        return
    # One element, not a thousand: a long table of elements is slow to open.
    ui.html(table(found, visit.t), sanitize=False).classes("okko-card setup-events").props("tabindex=0 role=region")


def table(events_: Iterable[NotedEvent], t: Texts) -> str:
    """The events as an HTML table; whatever they say is text in it."""
    heads = "".join(f'<th scope="col">{html.escape(t(f"setup.{name}"))}</th>' for name in ("when", "agent", "event"))
    rows = "".join(
        f'<tr class="{event.severity}"><td><time>{local_text(event.at_ms)}</time></td>'
        f"<td>{html.escape(event.agent)}</td><td><strong>{html.escape(t(f'live.severity_{event.severity}'))}</strong> "
        f"<code>{html.escape(event.code)}</code> {html.escape(event.text)}</td></tr>"
        for event in events_
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
