"""The station file: an editor with mistakes beside their line, what would change, the versions and the way back."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from nicegui import ui

from dashboard.access.role import Role
from dashboard.setup.actions import RefusedConfig
from dashboard.setup.around import shown_later, tabs
from dashboard.setup.edit import NotThere, with_setting, with_source_setting
from dashboard.shell.frame import notice
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.shell.when import local_of
from dashboard.visit import Visit
from okko.errors import OkkoError

SOURCE_SETTINGS = ("exposure_us", "gain", "focus", "lens_position")


@page("/station/configuration", "setup.configuration", role=Role.TECHNICIAN)
def configuration(visit: Visit, camera: str = "", key: str = "", value: str = "") -> None:
    """The editor; `camera`, `key` and `value` (JSON) are a setting to begin with, from the cameras' page."""
    tabs(visit, "/station/configuration")

    async def show() -> None:
        try:
            told = await visit.act("config_show")
        except OkkoError as error:
            notice(visit.t("setup.away"), str(error))
            return
        begun = told["text"]
        if camera and key:
            try:
                begun = changed(begun, camera, key, value)
            except ValueError as error:
                ui.notify(str(error), type="warning")
        Editor(visit, told, begun)

    shown_later(visit, show)


def changed(text: str, camera: str, key: str, value: str) -> str:
    """The text with a camera's setting written into it.

    Raises:
        ValueError: if the setting is none that the cameras' page gives, or the text cannot be changed so.
    """
    given = json.loads(value)
    if key == "roi":
        return with_setting(text, camera, key, given)
    if key in SOURCE_SETTINGS:
        return with_source_setting(text, camera, key, given)
    raise NotThere(f"`{key}` is no setting of a camera that can be given here")


class Editor:
    """One person's edit of the station file."""

    def __init__(self, visit: Visit, told: Mapping[str, Any], begun: str) -> None:
        self._visit = visit
        self._based_on = told["sha256"]
        self._text = told["text"]
        t = visit.t
        self._state = ui.element("p").classes("okko-quiet setup-state")
        self._show_state(told)
        with ui.element("div").classes("setup-columns"):
            with ui.element("section").classes("okko-card setup-edit").props(f'aria-label="{t("setup.editor")}"'):
                # Of the themes that there are, the ones with contrast enough.
                theme: Literal["githubDark", "vscodeLight"] = "githubDark" if visit.dark else "vscodeLight"
                with ui.element("okko-editor").props(f'label="{t("setup.editor")}"') as around:
                    self._editor = ui.codemirror(begun, language="TOML", theme=theme, on_change=self._on_change)
                # Else a mistake, told behind its line, stands where a long line has left the window.
                self._editor.set_line_wrapping(True)
                self._editor.classes("setup-text")
                around.on("dark", self._darken, args=[])  # where only the browser knows how its system is
                with ui.element("div").classes("okko-row"):
                    self._ask = ui.button(t("setup.check"), on_click=self._check)
                    self._note = ui.input(t("setup.note")).props("maxlength=1000 dense outlined").classes("setup-note")
                    self._activate = ui.button(t("setup.activate"), on_click=self._put_in_force)
                    self._activate.enabled = False
            with ui.element("section").classes("okko-card setup-said").props("aria-live=polite") as self._said:
                words("p", t("setup.check_first"), "okko-quiet")
        with ui.element("section").classes("okko-card") as self._history:
            words("h2", t("setup.versions"))
        ui.timer(0.1, self._show_history, once=True)

    def _show_state(self, told: Mapping[str, Any]) -> None:
        t = self._visit.t
        self._state.clear()
        with self._state:
            words("span", t("setup.in_force", hash=told["config_sha256"][:12]))
            if not told["in_force"]:
                words("strong", t("setup.by_editor"), "setup-warning")
            if not told["writable"]:
                words("strong", t("setup.read_only"), "setup-warning")

    def _darken(self) -> None:
        self._editor.theme = "githubDark"

    def _on_change(self) -> None:
        self._activate.enabled = False

    async def _check(self) -> None:
        self._said.clear()
        with self._said:
            words("p", self._visit.t("setup.checking"), "okko-quiet")
        self._ask.enabled = False
        try:
            found = await self._visit.act("config_check", text=self._editor.value)
        except OkkoError as error:
            self._show([{"where": "", "what": str(error), "remedy": "", "line": None}])
            return
        finally:
            self._ask.enabled = True
        self._show(found["problems"], found["diff"])
        self._activate.enabled = found["good"] and bool(found["diff"])

    def _show(self, problems: list[dict[str, Any]], diff: str = "") -> None:
        t = self._visit.t
        lines = self._editor.value.splitlines(keepends=True)
        self._editor.decorations = [spec for problem in problems for spec in decorations(problem, lines)]
        self._said.clear()
        with self._said:
            if problems:
                words("h2", t("setup.problems", count=len(problems)), "setup-bad")
                with ui.element("ul").classes("setup-problems"):
                    for problem in problems:
                        self._problem(problem)
                self._editor.reveal_line(problems[0]["line"] or 1)
            else:
                words("h2", t("setup.good") if diff else t("setup.same"), "setup-good")
            if diff:
                words("h2", t("setup.difference"))
                difference(diff)

    def _problem(self, problem: dict[str, Any]) -> None:
        line = problem["line"]
        with ui.element("li"):
            with ui.element("div").classes("okko-row"):
                if line:
                    ui.button(
                        self._visit.t("setup.line", line=line), on_click=lambda: self._editor.reveal_line(line)
                    ).props("flat dense")
                words("code", problem["where"])
            words("p", problem["what"])
            if problem["remedy"]:
                words("p", problem["remedy"], "okko-quiet")

    async def _put_in_force(self) -> None:
        try:
            done = await self._visit.act(
                "config_activate", text=self._editor.value, based_on=self._based_on, note=self._note.value
            )
        except RefusedConfig as error:
            self._show(error.problems or [{"where": "", "what": str(error), "remedy": "", "line": None}])
            return
        except OkkoError as error:
            ui.notify(str(error), type="negative")
            return
        await self._taken(done)

    async def _taken(self, done: Mapping[str, Any]) -> None:
        self._activate.enabled = False
        self._based_on = done["sha256"]
        ui.notify(self._visit.t("setup.activated", number=done["number"]), type="positive")
        self._said.clear()
        with self._said:
            words("h2", self._visit.t("setup.activated", number=done["number"]), "setup-good")
            behind = ", ".join(["decision"] * done["begins_anew"] + done["behind"])
            words("p", self._visit.t("setup.begin_anew", agents=behind) if behind else self._visit.t("setup.at_once"))
        ui.timer(3.0 if done["begins_anew"] else 0.1, self._show_history, once=True)

    async def _show_history(self) -> None:
        t = self._visit.t
        try:
            versions = (await self._visit.act("config_history"))["versions"]
            self._show_state(await self._visit.act("config_show"))
        except OkkoError as error:
            ui.notify(str(error), type="warning")
            return
        self._history.clear()
        with self._history:
            words("h2", t("setup.versions"))
            if not versions:
                words("p", t("setup.no_versions"), "okko-quiet")
                return
            with ui.element("ol").classes("setup-versions"):
                for place, version in enumerate(versions):
                    self._version(version, present=place == 0)

    def _version(self, version: Mapping[str, Any], *, present: bool) -> None:
        t, number = self._visit.t, version["number"]
        with ui.element("li"):
            words("strong", f"{number}")
            words("time", local_of(version["at"]))
            words("span", t(f"setup.kind_{version['kind']}", of=version.get("of", "")))
            words("span", version["by"])
            if version["kind"] != "found":  # its note is what the line says already
                words("span", version["note"], "okko-quiet")
            if not present:
                ui.button(t("setup.look"), on_click=lambda: self._look(number)).props("flat dense")

    async def _look(self, number: int) -> None:
        t = self._visit.t
        try:
            told = await self._visit.act("config_version", number=number)
        except OkkoError as error:
            ui.notify(str(error), type="negative")
            return
        with ui.dialog() as dialog, ui.card().classes("setup-dialog"):
            dialog.props["aria-label"] = t("setup.version_of", number=number)
            words("h2", t("setup.version_of", number=number))
            difference(told["diff"])
            with ui.element("div").classes("okko-row"):
                ui.button(t("setup.go_back", number=number), on_click=lambda: dialog.submit("back"))
                ui.button(t("setup.into_editor"), on_click=lambda: dialog.submit("edit")).props("flat")
                ui.button(t("setup.cancel"), on_click=dialog.close).props("flat")
        choice = await dialog
        if choice == "edit":
            self._editor.value = told["text"]
        elif choice == "back":
            await self._go_back(number, told["text"])

    async def _go_back(self, number: int, text: str) -> None:
        try:
            done = await self._visit.act("config_rollback", number=number, based_on=self._based_on)
        except RefusedConfig as error:
            self._show(error.problems or [{"where": "", "what": str(error), "remedy": "", "line": None}])
        except OkkoError as error:
            ui.notify(str(error), type="negative")
        else:
            self._editor.value = text
            await self._taken(done)


def decorations(problem: Mapping[str, Any], lines: list[str]) -> list[dict[str, Any]]:
    """The line of a problem marked in the editor, and what is wrong written behind it."""
    line = problem["line"]
    if not line or line > len(lines):
        return []
    end = sum(len(one) for one in lines[: line - 1]) + len(lines[line - 1].rstrip("\r\n"))
    return [
        {"kind": "line", "line": line, "class": "setup-wrong-line"},
        {"kind": "widget", "position": end, "text": f"  ◀ {problem['what']}", "class": "setup-wrong", "side": 1},
    ]


def difference(diff: str) -> None:
    """A unified diff without the names of its sides, each line in the colour of what it is."""
    with ui.element("pre").classes("setup-diff").props("tabindex=0"):
        for line in diff.splitlines()[2:]:
            kind = {"+": "more", "-": "less", "@": "place"}.get(line[:1], "same")
            words("span", line + "\n", kind)
