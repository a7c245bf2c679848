"""The accounts, for technicians: list, make, change, end."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from dashboard.access.account_page import secret_input
from dashboard.access.book import Book
from dashboard.access.now import now_ms
from dashboard.access.passwords import LEAST
from dashboard.access.records import User
from dashboard.access.role import GIVEN, Role
from dashboard.access.saying import said
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.shell.when import local_text
from dashboard.visit import Visit
from okko.errors import OkkoError

Act = Callable[[], Awaitable[Mapping[str, Any]]]


@page("/users", "access.users_title", role=Role.TECHNICIAN, icon="group")
async def users(visit: Visit) -> None:
    """All accounts, each with what can be done about it."""
    ui.add_head_html('<link rel="stylesheet" href="/static/access.css">')
    await _Users(visit).show()


@dataclass(frozen=True)
class _Row:
    user: User
    sessions: int


class _Users:
    """The page: its list is drawn anew after each change."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._t = visit.t

    async def show(self) -> None:
        t = self._t
        with ui.element("div").classes("okko-head"):
            words("h1", t("access.users_title"))
            ui.button(t("access.add_user"), icon="person_add", on_click=self._ask_for_new).props("no-caps")
        self._told = ui.label().props("role=status").classes("okko-told")
        self._list = ui.element("div").classes("okko-card okko-scroll")
        await self._draw()

    async def _draw(self) -> None:
        rows = await self._visit.desk.access.ask(_rows)
        self._list.clear()
        with self._list, ui.element("table").classes("okko-table"):
            with ui.element("thead"), ui.element("tr"):
                for heading in ("name", "role", "state", "sessions", "since"):
                    words("th", self._t(f"access.{heading}")).props("scope=col")
                words("th", self._t("access.what_to_do")).props("scope=col")
            with ui.element("tbody"):
                for row in rows:
                    self._row(row)

    def _row(self, row: _Row) -> None:
        t, user = self._t, row.user
        with ui.element("tr").classes("okko-off" if user.disabled else ""):
            words("th", user.name).props("scope=row")
            with _labelled(ui.element("td"), t("access.role")):
                self._role(user)
            _labelled(words("td", t("access.disabled") if user.disabled else t("access.active")), t("access.state"))
            _labelled(words("td", str(row.sessions)), t("access.sessions"))
            _labelled(words("td", local_text(user.created_ms), "time"), t("access.since"))
            with _labelled(ui.element("td"), t("access.what_to_do")), ui.element("div").classes("okko-acts"):
                self._button("key", "reset_password", user, lambda: self._ask_for_password(user))
                if row.sessions:
                    self._button("logout", "end_sessions", user, lambda: self._do("users.end_sessions", user))
                if user.disabled:
                    self._button("lock_open", "enable", user, lambda: self._do("users.enable", user))
                else:
                    self._button("lock", "disable", user, lambda: self._do("users.disable", user))
                self._button("delete", "remove", user, lambda: self._ask_to_remove(user))

    def _role(self, user: User) -> None:
        options = {role.word: self._t(f"shell.role_{role.word}") for role in GIVEN}

        async def changed(event: Any) -> None:
            if event.value != user.role.word:
                await self._do("users.role", user, role=event.value)

        choice = ui.select(options, value=user.role.word, on_change=changed)
        choice.props["aria-label"] = self._t("access.role_of", name=user.name)
        choice.props("outlined dense options-dense")

    def _button(self, icon: str, text: str, user: User, run: Callable[[], Any]) -> None:
        label = self._t(f"access.{text}")
        button = ui.button(icon=icon, on_click=run).props("flat dense")
        button.props["aria-label"] = f"{label}: {user.name}"
        button.props["title"] = label

    async def _do(self, action: str, user: User, **more: Any) -> None:
        """Do it, say what came of it, and show what is now."""
        try:
            await self._visit.act(action, name=user.name, **more)
        except OkkoError as error:
            self._tell(said(self._t, error), bad=True)
        else:
            self._tell(self._t(f"access.done_{action.replace('.', '_')}", name=user.name))
        if (await self._visit.desk.person(self._visit.token)).role >= Role.TECHNICIAN:
            await self._draw()

    def _tell(self, text: str, *, bad: bool = False) -> None:
        self._told.classes(replace="okko-told bad" if bad else "okko-told")
        self._told.set_text(text)

    async def _ask_for_new(self) -> None:
        t = self._t
        with ui.dialog(value=True) as dialog, ui.card().classes("okko-dialog"):
            dialog.props["aria-label"] = t("access.add_user")
            words("h2", t("access.add_user"))
            name = ui.input(t("access.name")).props("outlined dense maxlength=64 autofocus").classes("okko-field")
            options = {role.word: t(f"shell.role_{role.word}") for role in GIVEN}
            role = ui.select(options, value=Role.OPERATOR.word, label=t("access.role"))
            role.props("outlined dense options-dense").classes("okko-field")
            for word in GIVEN:
                words("p", f"{t(f'shell.role_{word.word}')}: {t(f'access.may_{word.word}')}", "okko-quiet okko-small")
            new, again = _two_passwords(self._visit)

            async def add() -> Mapping[str, Any]:
                return await self._visit.act("users.add", name=name.value, role=role.value, password=new.value)

            self._end_of_dialog(dialog, (new, again), add, lambda: t("access.done_users_add", name=name.value))

    async def _ask_for_password(self, user: User) -> None:
        t = self._t
        with ui.dialog(value=True) as dialog, ui.card().classes("okko-dialog"):
            dialog.props["aria-label"] = f"{t('access.reset_password')}: {user.name}"
            words("h2", f"{t('access.reset_password')}: {user.name}")
            new, again = _two_passwords(self._visit)

            async def change() -> Mapping[str, Any]:
                return await self._visit.act("users.password", name=user.name, password=new.value)

            self._end_of_dialog(dialog, (new, again), change, lambda: t("access.done_users_password", name=user.name))

    async def _ask_to_remove(self, user: User) -> None:
        t = self._t
        with ui.dialog(value=True) as dialog, ui.card().classes("okko-dialog"):
            dialog.props["aria-label"] = t("access.remove_really", name=user.name)
            words("h2", t("access.remove_really", name=user.name))
            words("p", t("access.remove_text"))

            async def remove() -> None:
                dialog.close()
                await self._do("users.remove", user)

            with ui.element("div").classes("okko-row"):
                ui.button(t("access.remove"), on_click=remove).props("no-caps color=negative")
                ui.button(t("access.cancel"), on_click=dialog.close).props("no-caps flat")

    def _end_of_dialog(
        self, dialog: ui.dialog, passwords: tuple[ui.input, ui.input], act: Act, done: Callable[[], str]
    ) -> None:
        """What is wrong stays in the dialog, beside what is to be mended."""
        t = self._t
        told = ui.label().props("role=alert").classes("okko-told bad")

        async def try_it() -> None:
            new, again = passwords
            if new.value != again.value:
                told.set_text(t("access.not_the_same"))
                return
            try:
                await act()
            except OkkoError as error:
                told.set_text(said(t, error))
                return
            dialog.close()
            self._tell(done())
            await self._draw()

        with ui.element("div").classes("okko-row"):
            ui.button(t("access.save"), on_click=try_it).props("no-caps")
            ui.button(t("access.cancel"), on_click=dialog.close).props("no-caps flat")


def _labelled(cell: ui.element, heading: str) -> ui.element:
    """A cell with its heading, for screens where each row is a list."""
    cell.props["data-label"] = heading
    return cell


def _two_passwords(visit: Visit) -> tuple[ui.input, ui.input]:
    words("p", visit.t("access.password_rule", least=LEAST), "okko-quiet")
    return (
        secret_input(visit.t("access.password_new"), "new-password"),
        secret_input(visit.t("access.password_again"), "new-password"),
    )


def _rows(book: Book) -> list[_Row]:
    return [_Row(user, book.sessions.count(user, now_ms())) for user in book.users.all()]
