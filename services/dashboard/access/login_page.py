"""The login: a form that works without a socket, since only an answer of HTTP can set the session's cookie."""

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import Query
from nicegui import ui

from dashboard.access.names import MOST
from dashboard.access.role import Role
from dashboard.shell.frame import link, notice
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.texts import LANGUAGES, NAMES
from dashboard.visit import Visit
from dashboard.web.routes import is_of_here
from okko.watch.watcher import place_of

Said = Literal["", "wrong", "wait", "busy", "store", "out", "ended"]


@page("/login", "access.login_title", role=Role.NOBODY, bare=True)
async def login(
    visit: Visit,
    refused: Annotated[Said, Query()] = "",
    wait: Annotated[int, Query(ge=0, le=24 * 3600)] = 0,
    after: Annotated[str, Query(alias="next", max_length=500)] = "/",
) -> None:
    """Name and password, why the last attempt was refused, and what to type where there is no account yet."""
    t = visit.t
    after = after if is_of_here(after) else "/"
    ui.add_head_html('<link rel="stylesheet" href="/static/access.css">')
    ui.add_body_html('<script type="module" src="/static/login.js"></script>')
    with ui.element("div").classes("okko-login"):
        words("h1", t("access.login_heading", station=visit.desk.station.station.name))
        if not await visit.desk.access.has_technician():
            place = place_of(visit.desk.station)
            command = f"{place.okko} users add {place.station} NAME --role technician"
            notice(t("access.none_yet"), t("access.none_yet_type"), command=command, icon="person_add")
        _form(visit, refused, wait, after)
        if visit.may(Role.VIEWER):
            link("/", t("access.go_on_without"), "okko-quiet")
        with ui.element("p").classes("okko-row"):
            for language in LANGUAGES:
                if language != t.language:
                    back = quote(f"/login?next={quote(after)}")
                    link(f"/choose?language={language}&next={back}", NAMES[language]).props(f"lang={language}")


def _form(visit: Visit, refused: Said, wait_s: int, after: str) -> None:
    t = visit.t
    with ui.element("okko-login"), ui.element("form").props("method=post action=/login").classes("okko-card"):
        if refused:
            _refusal(visit, refused, wait_s)
        _hidden("next", after)
        words("label", t("access.name")).props("for=name")
        ui.element("input").props(f"id=name name=name type=text autocomplete=username required maxlength={MOST}")
        words("label", t("access.password")).props("for=password")
        ui.element("input").props("id=password name=password type=password autocomplete=current-password required")
        words("p", t("access.caps_lock"), "okko-caps").props("role=status hidden")
        words("button", t("access.log_in"), "okko-submit").props("type=submit")


def _refusal(visit: Visit, refused: Said, wait_s: int) -> None:
    t = visit.t
    gentle = refused in {"out", "ended"}
    with ui.element("div").classes("okko-said" if gentle else "okko-said bad").props("role=alert"):
        words("p", t(f"access.said_{refused}"))
        if wait_s:
            waiting = ui.element("okko-wait")
            waiting.props["data-seconds"] = wait_s
            waiting.props["data-until"] = t("access.wait")
            waiting.props["data-then"] = t("access.wait_over")


def _hidden(name: str, value: str) -> None:
    field = ui.element("input").props(f"type=hidden name={name}")
    field.props["value"] = value
