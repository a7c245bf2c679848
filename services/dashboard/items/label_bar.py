"""What people say of an item: a button, and a key, for each thing that can be said; and who said what when."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from nicegui import ui

from dashboard.items.page import time_text
from dashboard.record import NoRecord, of_record
from dashboard.shell.html import words
from dashboard.visit import Visit
from okko.errors import OkkoError
from recorder.labelled import history
from recorder.labels import LabelChange
from recorder.reader import StoredLabel

MAX_CLASSES = 9
"""As many as there are keys, 1 to 9."""


_SIGNS = {"ArrowLeft": "\N{LEFTWARDS ARROW}", "ArrowRight": "\N{RIGHTWARDS ARROW}", "Delete": "Del"}


class LabelBar:
    """The labels of one item, to look at and to give."""

    def __init__(
        self,
        visit: Visit,
        item_id: str,
        label: StoredLabel | None,
        past: Sequence[LabelChange],
        classes: Sequence[str],
    ) -> None:
        self._visit = visit
        self._item_id = item_id
        self._label = None if label is None else label.label
        self._golden = label is not None and label.golden
        self._past = list(past)
        self._classes = list(classes[:MAX_CLASSES])
        self._buttons: ui.element | None = None
        self._history: ui.element | None = None

    def buttons(self) -> None:
        """The buttons, for who may label."""
        self._buttons = ui.element("div").classes("okko-labels").props("role=group")
        self._buttons.props["aria-label"] = self._visit.t("items.label_it")
        self._fill_buttons()

    def history(self) -> None:
        """Who said what when."""
        self._history = ui.element("section").classes("okko-card")
        self._fill_history()

    def _fill_buttons(self) -> None:
        if self._buttons is None:
            return
        t = self._visit.t
        self._buttons.clear()
        with self._buttons:
            words("span", t("items.label_now", label=self._label or t("items.no_label")), "okko-now").props(
                "role=status"
            )
            for number, text in enumerate(("OK", "KO", *self._classes)):
                key = ("o", "k")[number] if number < 2 else str(number - 1)  # noqa: PLR2004 - OK and KO
                button(text, key, partial(self._say, label=text), pressed=text == self._label)
            new_class(self._visit, lambda text: self._say(label=text))
            button(t("items.undo"), "u", partial(self._say, undo=True))
            golden = partial(self._say, label=self._label, golden=not self._golden)
            if self._label is not None:
                button(t("items.remove_label"), "Delete", partial(self._say, remove=True))
                button(t("items.golden"), "g", golden, pressed=self._golden)

    def _fill_history(self) -> None:
        if self._history is None:
            return
        t = self._visit.t
        self._history.clear()
        with self._history:
            words("h2", t("items.labels"))
            with ui.element("ul").classes("okko-list"):
                for change in reversed(self._past):
                    with ui.element("li"):
                        words("span", change.label or t("items.no_label"), f"okko-chip label {change.label or ''}")
                        words("span", f"{change.by}, {time_text(change.at_ms)}", "okko-quiet")
                        if change.undoes is not None:
                            words("span", t("items.undone"), "okko-quiet")
            if not self._past:
                words("p", t("items.never_labelled"), "okko-quiet")

    async def _say(self, **asked: Any) -> None:
        try:
            result = await self._visit.act("label", item_id=self._item_id, **asked)
        except OkkoError as refused:
            ui.notify(str(refused), type="negative")
            return
        # It was taken; a record that cannot be read now is told when the page is loaded again.
        with suppress(NoRecord):
            self._past = await of_record(self._visit.desk, lambda connection: history(connection, self._item_id))
        self._label, self._golden = result["label"], result["golden"]
        if self._label not in {None, "OK", "KO", *self._classes} and len(self._classes) < MAX_CLASSES:
            self._classes.append(str(self._label))
        self._fill_buttons()
        self._fill_history()


def button(text: str, key: str, act: Callable[[], Awaitable[None]], *, pressed: bool = False) -> ui.element:
    """A button with its key written on it."""
    made = ui.element("button").classes(f"okko-button {text if text in {'OK', 'KO'} else ''}")
    made.props(f"type=button data-key={key} aria-pressed={'true' if pressed else 'false'}")
    made.on("click", act)
    with made:
        words("span", text)
        words("kbd", _SIGNS.get(key, key)).props("aria-hidden=true")
    return made


def new_class(visit: Visit, act: Callable[[str], Awaitable[None]]) -> None:
    """A field for a class that is not in use yet."""
    field = ui.element("input").props('type=text maxlength=64 autocomplete=off pattern="[^\\\\x00-\\\\x1f]+"')
    field.props["placeholder"] = visit.t("items.new_class")
    field.props["aria-label"] = visit.t("items.new_class")

    async def given(event: Any) -> None:
        text = str(event.args or "").strip()
        if text:
            await act(text)

    field.on("change", given, js_handler="(event) => { emit(event.target.value); event.target.value = ''; }")
