"""The station: its agents, its disk, the way up, and what is done by hand."""

import json

from nicegui import app as pages_app
from nicegui import ui

from dashboard.access.role import Role
from dashboard.actions import Refused
from dashboard.setup import routes
from dashboard.setup.around import tabs
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.visit import Visit
from okko.errors import OkkoError

pages_app.include_router(routes.router)


@page("/station", "setup.title", icon="settings")
def station(visit: Visit) -> None:
    """How the station is."""
    t, loaded = visit.t, visit.desk.station
    tabs(visit, "/station")
    with ui.element("dl").classes("okko-card setup-facts"):
        for name, value in (
            (t("setup.station"), f"{loaded.station.site} / {loaded.station.line} / {loaded.station.name}"),
            (t("setup.topics"), loaded.base),
            (t("setup.deadline"), f"{loaded.station.deadline_ms} ms"),
            (t("setup.trigger"), loaded.trigger.kind),
            (t("setup.cameras"), ", ".join(camera.name for camera in loaded.cameras)),
        ):
            with ui.element("div"):
                words("dt", name)
                words("dd", value)
    if visit.may(Role.OPERATOR):
        _by_hand(visit)
    board = ui.element("okko-station")
    board.props["texts"] = json.dumps(t.all_of("setup"))
    board.props["restart"] = visit.may(Role.TECHNICIAN)
    if visit.may(Role.TECHNICIAN):  # a page has no handler that its person may not use, though it would be refused
        board.on("restart", lambda event: _restart(visit, event.args["detail"]), args=["detail"])


def _by_hand(visit: Visit) -> None:
    t = visit.t
    with ui.element("form").classes("okko-card okko-row setup-trigger") as form:
        words("h2", t("setup.by_hand"))
        part = ui.input(t("setup.part")).props("maxlength=64 dense outlined").classes("setup-part")
        ui.button(t("setup.send")).props("type=submit")

    async def send() -> None:
        try:
            await visit.act("trigger", part_id=part.value)
        except OkkoError as error:
            ui.notify(str(error), type="negative")
        else:
            ui.notify(t("setup.sent", part=part.value or "-"), type="positive")

    form.on("submit.prevent", send)


async def _restart(visit: Visit, agent: str) -> None:
    with ui.dialog() as dialog, ui.card():
        dialog.props["aria-label"] = f"{visit.t('setup.restart')}: {agent}"
        words("p", visit.t("setup.restart_sure", agent=agent))
        with ui.element("div").classes("okko-row"):
            ui.button(visit.t("setup.restart"), on_click=lambda: dialog.submit(True))  # noqa: FBT003 - the answer
            ui.button(visit.t("setup.cancel"), on_click=dialog.close).props("flat")
    if await dialog:
        try:
            await visit.act("restart", agent=agent)
        except Refused as error:
            ui.notify(str(error), type="negative")
        else:
            ui.notify(visit.t("setup.restarted", agent=agent), type="positive")
