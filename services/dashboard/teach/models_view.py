"""Which model looks at which camera, and the bundles that were taught: with what can be done with them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from nicegui import ui

from dashboard.desk import beside
from dashboard.jobs import view
from dashboard.jobs.job import Job
from dashboard.shell.frame import link
from dashboard.shell.html import words
from dashboard.teach.bundles import Models, Taught, models_of
from dashboard.teach.expected import to_be_expected
from dashboard.visit import Visit
from okko.errors import OkkoError

Draw = Callable[[], Awaitable[None]]


async def models(visit: Visit) -> None:
    """Both, as they are by now; drawn anew when something was changed."""
    box = ui.element("div").classes("okko-stack")

    async def draw() -> None:
        try:
            found = await beside(lambda: models_of(visit.desk.station.path))
        except (OkkoError, OSError) as error:
            box.clear()
            with box:
                words("p", str(error), "okko-concern stops")
            return
        box.clear()
        with box:
            _in_force(visit, found, draw)
            _taught(visit, found, draw)

    await draw()


def _in_force(visit: Visit, found: Models, draw: Draw) -> None:
    t = visit.t
    with ui.element("section").classes("okko-card"):
        words("h2", t("teach.in_force"))
        for camera, about in found.in_force["cameras"].items():
            with ui.element("div").classes("okko-row okko-camera"):
                words("h3", camera)
                words("span", _named(about["models"]) or t("teach.no_model"))
                if about["shadows"]:
                    words("span", t("teach.in_shadow", model=_named(about["shadows"])), "okko-quiet")
                    _button(visit, draw, t("teach.compare"), "compare", "teach.compare", camera=camera)
                    _button(visit, draw, t("teach.shadow_off"), "visibility_off", "teach.shadow_off", camera=camera)
                if about["steps_back"]:
                    _button(visit, draw, t("teach.rollback"), "undo", "teach.rollback", camera=camera)


def _taught(visit: Visit, found: Models, draw: Draw) -> None:
    t = visit.t
    with ui.element("section").classes("okko-card"):
        words("h2", t("teach.taught"))
        if not found.taught:
            words("p", t("teach.none_taught"), "okko-quiet")
            return
        for bundle in found.taught:
            with ui.element("article").classes("okko-bundle"):
                with ui.element("div"):
                    words("h3", f"{bundle.name} {bundle.version}")
                    words("p", told(visit, bundle), "okko-quiet")
                to_work(visit, found, bundle, draw)


def told(visit: Visit, bundle: Taught) -> str:
    """A bundle in a line: when, for which camera, by which method, from how many."""
    at = f"{datetime.fromtimestamp(bundle.at_s, UTC).astimezone():%Y-%m-%d %H:%M}"
    figures = bundle.figures
    if bundle.camera is None:
        return at
    return visit.t(
        "teach.taught_from",
        at=at,
        camera=bundle.camera,
        method=str(figures.get("method", "?")),
        good=figures.get("good", 0),
        ko=figures.get("ko", 0),
    )


def to_work(visit: Visit, found: Models, bundle: Taught, draw: Draw) -> None:
    """What can be done with a bundle: look at its report, try it in the shadow, replay, put it in charge."""
    t = visit.t
    cameras = [bundle.camera] if bundle.camera else [camera.name for camera in found.station.cameras]
    key = quote(bundle.key, safe="")
    with ui.element("div").classes("okko-row"):
        if bundle.report is not None:
            link(f"/api/taught/{key}/report", t("teach.report")).props("target=_blank")
        if bundle.card is not None:
            link(f"/api/taught/{key}/card", t("teach.card")).props("target=_blank")
        for camera in cameras:
            link(f"/replay?bundle=taught/{key}&camera={camera}", _for(t("teach.replay"), camera, cameras))
            here = {"camera": camera, "bundle": bundle.key}
            _button(visit, draw, _for(t("teach.shadow"), camera, cameras), "visibility", "teach.shadow", **here)
            _charge(visit, draw, _for(t("teach.activate"), camera, cameras), bundle, camera)


def _charge(visit: Visit, draw: Draw, text: str, bundle: Taught, camera: str) -> None:
    """Put it in charge: asked twice, since from then on it decides."""
    t = visit.t
    with ui.dialog() as dialog, ui.card():
        dialog.props["aria-label"] = text
        words("p", t("teach.activate_ask", model=f"{bundle.name} {bundle.version}", camera=camera))
        if bundle.figures:
            with ui.element("dl").classes("okko-figures"):
                for name, value in to_be_expected(t, bundle.figures):
                    words("dt", name)
                    words("dd", value)
        suspects = bundle.figures.get("suspects")
        if isinstance(suspects, list) and suspects:
            words("p", t("teach.has_suspects", count=len(suspects)), "okko-concern")
        with ui.element("div").classes("okko-row"):

            async def go() -> None:
                dialog.close()
                await _do(visit, draw, "teach.activate", camera=camera, bundle=bundle.key)

            ui.button(t("teach.activate_yes"), on_click=go, icon="check").props("no-caps")
            ui.button(t("teach.activate_no"), on_click=dialog.close).props("no-caps flat")
    ui.button(text, on_click=dialog.open, icon="play_circle").props("no-caps")


def _button(visit: Visit, draw: Draw, text: str, icon: str, action: str, **args: Any) -> None:
    async def go() -> None:
        button.disable()
        try:
            await _do(visit, draw, action, **args)
        finally:
            button.enable()

    button = ui.button(text, on_click=go, icon=icon).props("no-caps outline")


async def _do(visit: Visit, draw: Draw, action: str, **args: Any) -> None:
    job = await view.carried_out(visit, action, **args)
    if job is None:
        return
    if action == "teach.compare":
        ui.navigate.to(f"/job/{job.id}")
        return
    ui.notify(_done(visit, job), type="positive", multi_line=True)
    await draw()


def _done(visit: Visit, job: Job) -> str:
    result: Mapping[str, Any] = job.result or {}
    name = f"{result.get('name') or ''} {result.get('version') or ''}".strip()
    model = name or visit.t("teach.no_model")
    return visit.t(f"teach.done_{job.about['verb']}", model=model, camera=str(job.about["camera"]))


def _named(models_of_camera: list[dict[str, Any]]) -> str:
    return ", ".join(f"{model['name']} {model['version']}" for model in models_of_camera)


def _for(text: str, camera: str, cameras: list[str]) -> str:
    return text if len(cameras) == 1 else f"{text}: {camera}"
