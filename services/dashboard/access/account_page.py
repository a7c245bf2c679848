"""One's own account: who one is, log out, another password."""

from nicegui import ui

from dashboard.access.passwords import LEAST
from dashboard.access.saying import said
from dashboard.shell.frame import link, notice
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.visit import Visit
from okko.errors import OkkoError


@page("/account", "access.account_title")
def account(visit: Visit) -> None:
    """Who is logged in, and what they can do about it."""
    t = visit.t
    ui.add_head_html('<link rel="stylesheet" href="/static/access.css">')
    if not visit.person.name:
        notice(t("access.not_logged_in"), t("access.not_logged_in_text"), icon="login")
        link("/login?next=/account", t("access.log_in"), "okko-middle")
        return
    words("h1", visit.person.name)
    words("p", t(f"access.may_{visit.person.role.word}"), "okko-quiet")
    with ui.element("form").props("method=post action=/logout").classes("okko-out"):
        secret = ui.element("input").props("type=hidden name=csrf")
        secret.props["value"] = visit.person.csrf
        words("button", t("access.log_out"), "okko-submit").props("type=submit")
    _password(visit)


def _password(visit: Visit) -> None:
    t = visit.t
    with ui.element("section").classes("okko-card okko-narrow"):
        words("h2", t("access.change_password"))
        words("p", t("access.password_rule", least=LEAST), "okko-quiet")
        old = secret_input(t("access.password_now"), "current-password")
        new = secret_input(t("access.password_new"), "new-password")
        again = secret_input(t("access.password_again"), "new-password")
        told = ui.label().props("role=status")

        async def change() -> None:
            told.classes(replace="okko-told bad")
            if new.value != again.value:
                told.set_text(t("access.not_the_same"))
                return
            try:
                await visit.act("account.password", old=old.value, new=new.value)
            except OkkoError as error:
                told.set_text(said(t, error))
                return
            for field in (old, new, again):
                field.set_value("")
            told.classes(replace="okko-told")
            told.set_text(t("access.password_changed"))

        ui.button(t("access.change_password"), on_click=change).props("no-caps")


def secret_input(label: str, autocomplete: str) -> ui.input:
    """A field for a password, which can be made readable: on a touch panel one mistypes."""
    field = ui.input(label, password=True, password_toggle_button=True, value="")
    return field.props(f"outlined dense autocomplete={autocomplete} maxlength=256").classes("okko-field")
