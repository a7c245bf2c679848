"""What stands around each of the station's pages: its tabs."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from dashboard.access.role import Role
from dashboard.shell.frame import link
from dashboard.shell.html import words
from dashboard.visit import Visit

TABS = (
    ("/station", "setup.overview", Role.VIEWER),
    ("/station/configuration", "setup.configuration", Role.TECHNICIAN),
    ("/station/cameras", "setup.cameras", Role.TECHNICIAN),
    ("/station/models", "setup.models", Role.TECHNICIAN),
    ("/station/events", "setup.events", Role.VIEWER),
    ("/station/doctor", "setup.doctor", Role.TECHNICIAN),
)


def tabs(visit: Visit, here: str) -> None:
    """The title, and the way to the other pages of the station."""
    ui.add_head_html('<link rel="stylesheet" href="/static/setup.css">')
    ui.add_body_html('<script type="module" src="/static/setup.js"></script>')
    with ui.element("div").classes("okko-head setup-head"):
        words("h1", visit.t(next(title for path, title, _ in TABS if path == here)))
        with ui.element("nav").classes("setup-tabs").props(f'aria-label="{visit.t("setup.title")}"'):
            for path, title, role in TABS:
                if visit.may(role):
                    entry = link(path, visit.t(title), "setup-tab")
                    if path == here:
                        entry.props("aria-current=page")


def shown_later(visit: Visit, show: Callable[[], Awaitable[None]]) -> None:
    """What must be asked for first comes once it is there: the page does not wait for an agent or a disk."""
    place = ui.element("div").props("aria-live=polite")
    with place:
        waiting = words("p", visit.t("setup.waiting"), "okko-quiet")

    async def fill() -> None:
        with place:
            await show()
        waiting.delete()

    ui.timer(0.01, fill, once=True)
