"""The form that begins a replay, and how many items it would take."""

import asyncio
import sqlite3
from dataclasses import field, replace

import msgspec
from nicegui import ui
from nicegui.binding import bindable_dataclass

from dashboard.desk import beside
from dashboard.jobs import view
from dashboard.jobs.words import local_ms, problem
from dashboard.replay.choice import Bound, ReplayChoice, bounded
from dashboard.replay.models import candidates
from dashboard.shell.html import words
from dashboard.teach.bundles import Models
from dashboard.visit import Visit
from okko.errors import ConfigError
from recorder.reader import open_store
from recorder.search import Count, count_up_to


@bindable_dataclass
class Fields:
    """What stands in the fields; instants as the browser gives them."""

    bundle: str = ""
    camera: str = ""
    items: tuple[str, ...] = ()
    limit: float | None = 500
    since: str = ""
    until: str = ""
    verdict: str = ""
    labelled: bool = False
    bounds: dict[tuple[int, str], float] = field(default_factory=dict)

    def choice(self) -> ReplayChoice:
        """What they ask for.

        Raises:
            ValueError, msgspec.ValidationError: if something cannot be; the text says what.
        """
        values = {
            "bundle": self.bundle,
            "camera": self.camera or None,
            "limit": round(self.limit or 0),
            "since_ms": local_ms(self.since),
            "until_ms": local_ms(self.until),
            "verdict": self.verdict or None,
            "labelled": self.labelled,
            "items": self.items,
        }
        bounds = tuple(Bound(rule, key, value) for (rule, key), value in self.bounds.items())
        return msgspec.structs.replace(msgspec.convert(values, ReplayChoice), bounds=bounds)


def form(visit: Visit, models: Models, bundle: str, camera: str, items: tuple[str, ...]) -> None:
    """The whole form; what somebody came with is filled in, if it is there."""
    t = visit.t
    known = {"": t("replay.model_same")}
    for one in candidates(models):
        known[one.key] = t(f"replay.model_{one.kind}", model=one.name) + (f" ({one.camera})" if one.camera else "")
    cameras = [known_camera.name for known_camera in models.station.cameras]
    fields = Fields(bundle if bundle in known else "", camera if camera in cameras else "", items)
    with ui.element("section").classes("okko-card okko-replay").props(f'aria-label="{t("replay.begin")}"'):
        words("h2", t("replay.begin"))
        with ui.element("div").classes("okko-fields"):
            with ui.element("div").classes("okko-column"):
                ui.select(known, label=t("replay.model")).bind_value(fields, "bundle").props("outlined dense")
                places = ui.select(
                    {"": t("replay.any_camera"), **{name: name for name in cameras}}, label=t("replay.camera")
                )
                places.bind_value(fields, "camera").props("outlined dense")
                places.bind_visibility_from(fields, "bundle", backward=bool)
            _items(visit, fields)
        _rules(visit, fields, models)
        matches = _Matches(visit, fields)
    ui.timer(0.1, matches.look, once=True)
    ui.timer(0.4, matches.look_if_changed)


def _items(visit: Visit, fields: Fields) -> None:
    t = visit.t
    with ui.element("div").classes("okko-column"):
        if fields.items:
            words("p", t("replay.picked", count=len(fields.items)))
        limit = ui.number(t("replay.limit"), min=1, max=1_000_000, step=100, format="%d")
        limit.bind_value(fields, "limit").props("outlined dense")
        for key in ("since", "until"):
            ui.input(t(f"replay.{key}")).bind_value(fields, key).props("outlined dense type=datetime-local stack-label")
    with ui.element("div").classes("okko-column"):
        verdicts = {"": t("replay.verdict_any"), "OK": "OK", "KO": "KO"}
        ui.select(verdicts, label=t("replay.verdict")).bind_value(fields, "verdict").props("outlined dense")
        ui.checkbox(t("replay.labelled")).bind_value(fields, "labelled")


def _rules(visit: Visit, fields: Fields, models: Models) -> None:
    t = visit.t
    known = list(bounded(models.station.rules))
    if not known:
        return
    with ui.expansion(t("replay.rules")).classes("okko-rules"):
        words("p", t("replay.rules_text"), "okko-quiet")
        with ui.element("div").classes("okko-fields"):
            for one in known:
                number = ui.number(f"{one.about}: {one.key}", value=one.value).props("outlined dense")
                number.on_value_change(
                    lambda event, place=(one.place, one.key), now=one.value: _set(fields, place, event.value, now)
                )


def _set(fields: Fields, place: tuple[int, str], value: float | None, in_force: float) -> None:
    """A bound is another one where it is not as in force."""
    if value is None or value == in_force:
        fields.bounds.pop(place, None)
    else:
        fields.bounds[place] = float(value)


class _Matches:
    """How many items the record has for the choice, and the button that begins."""

    def __init__(self, visit: Visit, fields: Fields) -> None:
        self._visit, self._fields = visit, fields
        self._seen = ""
        self._looking = asyncio.Lock()
        self._told = words("p", "", "okko-sizes").props("aria-live=polite")
        self._button = ui.button(visit.t("replay.start"), on_click=self._start, icon="replay").props("no-caps")
        self._button.disable()

    async def look_if_changed(self) -> None:
        """Look anew where a field has changed."""
        if repr(self._fields) != self._seen and not self._looking.locked():
            await self.look()

    async def look(self) -> None:
        """Look how many there are."""
        t = self._visit.t
        async with self._looking:
            self._seen = repr(self._fields)
            try:
                choice = self._fields.choice()
                found = await beside(lambda: _count(self._visit, choice))
            except (ValueError, msgspec.ValidationError) as error:
                self._tell(problem(t, "replay", error), may=False)
                return
            except (ConfigError, sqlite3.Error) as error:
                self._tell(str(error), may=False)
                return
            if not found.items and not found.at_least:
                self._tell(t("replay.nothing_matches"), may=False)
            else:
                text = "replay.matches_least" if found.at_least and found.items < choice.limit else "replay.matches"
                self._tell(t(text, count=min(found.items, choice.limit)), may=True)

    def _tell(self, text: str, *, may: bool) -> None:
        self._told.text = text  # type: ignore[attr-defined] # a text element
        self._button.set_enabled(may)

    async def _start(self) -> None:
        self._button.disable()
        try:
            choice = msgspec.to_builtins(self._fields.choice())
        except (ValueError, msgspec.ValidationError) as error:
            self._tell(problem(self._visit.t, "replay", error), may=False)
            return
        begun = await view.attempt(self._visit, "replay.start", **choice)
        if begun is None:
            self._button.enable()
        else:
            ui.navigate.to(f"/job/{begun['job']}")


def _count(visit: Visit, choice: ReplayChoice) -> Count:
    with open_store(visit.desk.station.data) as connection:
        if connection is None:
            return Count(0, at_least=False)
        return count_up_to(connection, replace(choice.query, limit=None), limit=choice.limit)
