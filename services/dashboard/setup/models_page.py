"""Models: what is in charge of each camera and how that came; another one put in charge, on trial, or back."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from dashboard.access.role import Role
from dashboard.desk import beside
from dashboard.setup import models
from dashboard.setup.around import shown_later, tabs
from dashboard.shell.frame import notice
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.shell.when import local_of
from dashboard.visit import Visit
from okko.errors import OkkoError


@page("/station/models", "setup.models", role=Role.TECHNICIAN)
def all_models(visit: Visit) -> None:
    """What is in force, camera by camera."""
    tabs(visit, "/station/models")

    async def show() -> None:
        await _show(visit, ui.element("div").classes("setup-models"))

    shown_later(visit, show)


async def _show(visit: Visit, whole: ui.element) -> None:
    try:
        told = await beside(lambda: models.told(visit.desk.station.path))
    except OkkoError as error:
        notice(visit.t("setup.station_wrong"), str(error))
        return
    whole.clear()
    with whole:
        for camera, seen in told["cameras"].items():
            _camera(visit, whole, camera, seen, told["choices"])
        with ui.element("section").classes("okko-card"):
            words("h2", visit.t("setup.changes"))
            if not told["history"]:
                words("p", visit.t("setup.no_changes"), "okko-quiet")
            with ui.element("ol").classes("setup-versions"):
                for change in reversed(told["history"][-50:]):
                    with ui.element("li"):
                        words("time", local_of(change["at"]))
                        words("strong", change["camera"])
                        words("span", visit.t(f"setup.change_{change['kind']}"))
                        words("span", f"{change.get('name', '')} {change.get('version', '')}")
                        words("span", change["by"], "okko-quiet")


def _camera(
    visit: Visit, whole: ui.element, camera: str, seen: Mapping[str, Any], choices: list[dict[str, str]]
) -> None:
    t = visit.t
    with ui.element("section").classes("okko-card setup-model"):
        words("h2", camera)
        for kind, title in (("models", "setup.in_charge"), ("shadows", "setup.looks_on")):
            for model in seen[kind]:
                with ui.element("p"):
                    words("span", t(title), "okko-quiet")
                    words("strong", f"{model['name']} {model['version']}")
                    words("code", model["bundle"])
        if not seen["models"]:
            words("p", t("setup.no_model"), "setup-warning")
        options = {choice["folder"]: f"{choice['name']} {choice['version']}" for choice in choices}
        with ui.element("div").classes("okko-row"):
            chosen = ui.select(options, label=t("setup.choose")).props("dense outlined").classes("setup-choice")
            rule = ui.input(t("setup.rule")).props("dense outlined maxlength=1000").classes("setup-choice")

            async def act(what: str) -> None:
                if what in {"set", "shadow"} and not chosen.value:
                    ui.notify(t("setup.choose_first"), type="warning")
                    return
                said = {"bundle": chosen.value, "rule": rule.value} if what in {"set", "shadow"} else {}
                try:
                    done = await visit.act("model_change", camera=camera, what=what, **said)
                except OkkoError as error:
                    ui.notify(str(error), type="negative", multi_line=True, close_button=True, timeout=0)
                    return
                name = f"{done.get('name', '')} {done.get('version', '')}"
                ui.notify(t(f"setup.done_{what}", camera=camera, model=name), type="positive")
                await _show(visit, whole)

            ui.button(t("setup.set"), on_click=lambda: act("set"))
            ui.button(t("setup.shadow"), on_click=lambda: act("shadow")).props("flat")
            if seen["shadows"]:
                ui.button(t("setup.shadow_off"), on_click=lambda: act("shadow_off")).props("flat")
            if seen["steps_back"]:
                ui.button(t("setup.rollback"), on_click=lambda: act("rollback")).props("flat")
