"""The form that begins a teaching: camera, pictures, method, wished rate; what the record has, before it begins."""

import asyncio
from importlib.util import find_spec

import msgspec
from nicegui import ui
from nicegui.binding import bindable_dataclass

from dashboard.actions import Refused
from dashboard.jobs import view
from dashboard.jobs.words import local_ms, problem
from dashboard.shell.frame import sign
from dashboard.shell.html import words
from dashboard.teach.actions import gathered
from dashboard.teach.choice import Choice, Gathered, concerns
from dashboard.visit import Visit
from workshop.teaching.amounts import LEAST_GOOD, MOST_GOOD

METHODS = ("auto", "padim", "mahalanobis", "nearest", "linear", "classes")
_DEFECTS_NAMED = 6


@bindable_dataclass
class Fields:
    """What stands in the fields; instants as the browser gives them."""

    camera: str
    images: str
    items: tuple[str, ...] = ()
    count: float | None = 60
    since: str = ""
    until: str = ""
    method: str = "auto"
    false_rejects: float | None = 1.0
    minutes: float | None = 10
    locate: str = ""
    all_good: bool = False

    def choice(self) -> Choice:
        """What they ask for.

        Raises:
            ValueError, msgspec.ValidationError: if something cannot be; the text says what.
        """
        values = {
            "camera": self.camera,
            "images": self.images,
            "items": self.items if self.images == "chosen" else (),
            "count": round(self.count or 0),
            "since_ms": local_ms(self.since),
            "until_ms": local_ms(self.until),
            "method": self.method,
            "false_rejects": self.false_rejects or 0.0,
            "minutes": self.minutes or 0.0,
            "locate": self.locate,
            "all_good": self.all_good,
        }
        return msgspec.convert(values, Choice)


def form(visit: Visit, camera: str, items: tuple[str, ...]) -> None:
    """The whole form; `camera` and `items` are those that somebody came with."""
    t = visit.t
    names = [known.name for known in visit.desk.station.cameras]
    fields = Fields(camera if camera in names else names[0], "chosen" if items else "passed", items)
    with ui.element("section").classes("okko-card okko-teach").props(f'aria-label="{t("teach.begin")}"'):
        words("h2", t("teach.begin"))
        with ui.element("div").classes("okko-fields"):
            _pictures(visit, fields, names)
            _method(visit, fields)
        sizes = _Sizes(visit, fields)
    ui.timer(0.1, sizes.look, once=True)
    ui.timer(0.4, sizes.look_if_changed)


def _pictures(visit: Visit, fields: Fields, names: list[str]) -> None:
    t = visit.t
    kinds = ("chosen", "passed", "labelled") if fields.items else ("passed", "labelled")
    with ui.element("div").classes("okko-column"):
        ui.select(names, label=t("teach.camera")).bind_value(fields, "camera").props("outlined dense")
        options = {kind: t(f"teach.images_{kind}", count=len(fields.items)) for kind in kinds}
        ui.select(options, label=t("teach.images")).bind_value(fields, "images").props("outlined dense")
        count = ui.number(t("teach.count"), min=LEAST_GOOD, max=MOST_GOOD, step=10, format="%d")
        count.bind_value(fields, "count").props("outlined dense")
        count.bind_visibility_from(fields, "images", value="passed")
        for key in ("since", "until"):
            field = ui.input(t(f"teach.{key}")).bind_value(fields, key)
            field.props("outlined dense type=datetime-local stack-label")
            field.bind_visibility_from(fields, "images", backward=lambda images: images != "chosen")


def _method(visit: Visit, fields: Fields) -> None:
    t = visit.t
    methods = (*METHODS, "train") if find_spec("torch") is not None else METHODS
    with ui.element("div").classes("okko-column"):
        rate = ui.number(t("teach.false_rejects"), min=0.01, max=50, step=0.1, suffix="%")
        rate.bind_value(fields, "false_rejects").props(f'outlined dense hint="{t("teach.false_rejects_hint")}"')
        options = {method: t(f"teach.method_{method}") for method in methods}
        ui.select(options, label=t("teach.method")).bind_value(fields, "method").props("outlined dense")
        minutes = ui.number(t("teach.minutes"), min=1, max=240, step=1, format="%d")
        minutes.bind_value(fields, "minutes").props("outlined dense")
        minutes.bind_visibility_from(fields, "method", value="train")
        locates = {way: t(f"teach.locate_{way or 'no'}") for way in ("", "bright", "dark", "color")}
        ui.select(locates, label=t("teach.locate")).bind_value(fields, "locate").props("outlined dense")
        ui.checkbox(t("teach.all_good")).bind_value(fields, "all_good")


class _Sizes:
    """What the record has for what is chosen, and the button that begins; looked up when the choice changes."""

    def __init__(self, visit: Visit, fields: Fields) -> None:
        self._visit, self._fields = visit, fields
        self._seen = ""
        self._looking = asyncio.Lock()
        self._box = ui.element("div").classes("okko-sizes").props("aria-live=polite")
        self._button = ui.button(visit.t("teach.start"), on_click=self._start, icon="school").props("no-caps")
        self._button.disable()

    async def look_if_changed(self) -> None:
        """Look anew where a field has changed."""
        if repr(self._fields) != self._seen and not self._looking.locked():
            await self.look()

    async def look(self) -> None:
        """Look what there is."""
        async with self._looking:
            self._seen = repr(self._fields)
            found: Gathered | None = None
            try:
                choice = self._fields.choice()
                found = await gathered(self._visit.desk, choice)
            except (ValueError, msgspec.ValidationError) as error:
                self._show_problem(problem(self._visit.t, "teach", error))
                return
            except Refused as error:
                self._show_problem(str(error))
                return
            self._show(choice, found)

    def _show_problem(self, text: str) -> None:
        self._button.disable()
        self._box.clear()
        with self._box:
            words("p", text, "okko-concern stops")

    def _show(self, choice: Choice, found: Gathered) -> None:
        t = self._visit.t
        told = list(concerns(choice, found))
        self._box.clear()
        with self._box:
            with ui.element("p").classes("okko-counts"):
                words("strong", t("teach.good", count=len(found.good)))
                words("strong", t("teach.ko", count=len(found.ko)))
                named = [(label, count) for label, count in found.defects.most_common(_DEFECTS_NAMED) if label != "KO"]
                if named:
                    words("span", ", ".join(f"{label} {count}" for label, count in named), "okko-quiet")
            for concern in told:
                with ui.element("p").classes("okko-concern stops" if concern.stops else "okko-concern"):
                    sign("error" if concern.stops else "warning")
                    words("span", t(f"teach.{concern.text}", **concern.values))
        self._button.set_enabled(not any(concern.stops for concern in told))

    async def _start(self) -> None:
        self._button.disable()
        try:
            choice = msgspec.to_builtins(self._fields.choice())
        except (ValueError, msgspec.ValidationError) as error:
            self._show_problem(problem(self._visit.t, "teach", error))
            return
        begun = await view.attempt(self._visit, "teach.start", **choice)
        if begun is None:
            self._button.enable()
        else:
            ui.navigate.to(f"/job/{begun['job']}")
