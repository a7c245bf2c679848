"""The page for replay: which items, which model, which bounds; and the replays that were."""

from nicegui import ui

from dashboard.access.role import Role
from dashboard.desk import beside
from dashboard.jobs import view
from dashboard.replay import result as _result  # noqa: F401 - it makes itself known
from dashboard.replay.form import form
from dashboard.shell.frame import notice
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.teach.bundles import models_of
from dashboard.visit import Visit
from okko.errors import OkkoError
from okko.model_files import has_litert


@page("/replay", "replay.title", role=Role.TECHNICIAN, icon="replay")
async def replay(visit: Visit, bundle: str = "", camera: str = "", items: str = "") -> None:
    """Replay recorded items; what somebody came with is filled in."""
    t = visit.t
    ui.add_head_html(view.STYLE)
    words("h1", t("replay.title"))
    if not has_litert():
        text = t("teach.no_litert_text")
        notice(t("teach.no_litert"), text, command="pip install 'okko[inference]'", icon="extension_off")
        return
    try:
        models = await beside(lambda: models_of(visit.desk.station.path))
    except OkkoError as error:
        words("p", str(error), "okko-concern stops")
        return
    with ui.element("div").classes("okko-stack"):
        form(visit, models, bundle, camera, tuple(item for item in items.split(",") if item))
        with ui.element("section").classes("okko-card"):
            words("h2", t("jobs.past"))
            view.history(visit, ("replay",))
