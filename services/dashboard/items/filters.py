"""The form of filters: plain HTML that is sent as an address, so that it works by keyboard, back and shared."""

from collections.abc import Sequence

from nicegui import ui

from dashboard.items.wanted import AGO, CHOICES, Wanted
from dashboard.shell.frame import link
from dashboard.shell.html import words
from dashboard.visit import Visit
from recorder.labels import VERDICTS

ALWAYS = ("verdict", "since", "text", "finding")
"""Filters that are seen at once; the others unfold."""


def form(visit: Visit, asked: Wanted, classes: Sequence[str]) -> None:
    """The filters, as they are set."""
    t, station = visit.t, visit.desk.station
    with ui.element("form").classes("okko-filters").props("method=get action=/items role=search"):
        _select(visit, asked, "verdict", CHOICES["verdict"])
        _select(visit, asked, "since", AGO, prefix="items.ago_")
        _input(visit, asked, "text", hint="mould=17")
        _input(visit, asked, "finding")
        others = [name for name in asked.given if name not in ALWAYS]
        with ui.element("details") as more:
            if others:
                more.props("open")
            words("summary", t("items.more_filters", count=len(others)) if others else t("items.filters"))
            with ui.element("div"):
                _input(visit, asked, "part")
                _select(visit, asked, "camera", [camera.name for camera in station.cameras])
                _select(visit, asked, "reason", CHOICES["reason"], prefix="items.reason_")
                _select(visit, asked, "rule", sorted({rule.kind for rule in station.rules}))
                _input(visit, asked, "model")
                _input(visit, asked, "min", kind="number")
                _input(visit, asked, "max", kind="number")
                _select(visit, asked, "labelled", CHOICES["labelled"], prefix="items.")
                _select(visit, asked, "label", [*VERDICTS, *classes])
                _select(visit, asked, "borderline", CHOICES["borderline"], prefix="items.")
                _select(visit, asked, "golden", CHOICES["golden"], prefix="items.")
                _input(visit, asked, "until", kind="datetime-local")
        if asked.oldest_first:
            ui.element("input").props("type=hidden name=order value=old")
        with ui.element("button").classes("okko-button primary").props("type=submit"):
            words("span", t("items.search"))
        if asked.given:
            link("/items", t("items.clear"), "okko-button")


def _input(visit: Visit, asked: Wanted, name: str, *, kind: str = "text", hint: str = "") -> None:
    with ui.element("label"):
        words("span", visit.t(f"items.f_{name}"))
        field = ui.element("input").props(f"type={kind} name={name} autocomplete=off")
        if kind == "number":
            field.props("step=any inputmode=decimal")
        if kind == "datetime-local":
            field.props("step=1")
        if hint:
            field.props["placeholder"] = hint
        field.props["value"] = asked.given.get(name, "")
        if name in asked.wrong:
            field.props("aria-invalid=true")


def _select(visit: Visit, asked: Wanted, name: str, choices: Sequence[str], *, prefix: str = "") -> None:
    """A choice; one that stands in the address and is none of these stays among them."""
    value = asked.given.get(name, "")
    with ui.element("label"):
        words("span", visit.t(f"items.f_{name}"))
        with ui.element("select").props(f"name={name}"):
            words("option", visit.t("items.any")).props["value"] = ""
            for choice in [*choices, *([value] if value and value not in choices else [])]:
                text = visit.t(f"{prefix}{choice}") if prefix and choice in choices else choice
                option = words("option", text)
                option.props["value"] = choice
                if choice == value:
                    option.props("selected")
