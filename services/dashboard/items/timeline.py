"""Where the time of an item went, drawn against the deadline: a bar for each prediction, a colour for each stage."""

from nicegui import ui

from dashboard.items.story import Timeline, Way
from dashboard.shell.html import words
from dashboard.texts import Texts


def draw(t: Texts, told: Timeline, *, deadline_met: bool) -> None:
    """The whole as a sentence, the ways as bars, and each stage in ms as a table for those who want figures."""
    late = "" if deadline_met else f" {t('items.late')}"
    words("p", t("items.took", ms=t.number(told.latency_ms, 1), deadline=t.number(told.deadline_ms)) + late)
    with ui.element("div").classes("okko-timeline").props("aria-hidden=true"):
        for way in told.ways:
            words("span", _name(t, way))
            with ui.element("div").classes("bar"):
                for step in way.steps:
                    mark = ui.element("i").classes(f"stage-{step.stage}")
                    mark.style(f"left: {_share(step.begin_ms, told)}; width: {_share(step.ms, told)}")
                    mark.props["title"] = f"{t(f'items.stage_{step.stage}')} {t.number(step.ms, 1)} ms"
                ui.element("b").classes("verdict-at").style(f"left: {_share(told.latency_ms, told)}")
                if told.deadline_ms <= told.scale_ms:
                    ui.element("b").classes("deadline-at").style(f"left: {_share(told.deadline_ms, told)}")
    for way in told.ways:
        with ui.element("table").classes("okko-table"):
            words("caption", _name(t, way))
            for step in way.steps:
                with ui.element("tr"):
                    with ui.element("th").props("scope=row"):
                        ui.element("i").classes(f"key stage-{step.stage}")
                        words("span", t(f"items.stage_{step.stage}"))
                    words("td", f"{t.number(step.ms, 1)} ms")


def _name(t: Texts, way: Way) -> str:
    shadow = f" ({t('items.shadow')})" if way.shadow else ""
    return f"{way.camera} · {way.model}{shadow}"


def _share(ms: float, told: Timeline) -> str:
    return f"{100 * max(0.0, ms) / told.scale_ms:.3f}%"
