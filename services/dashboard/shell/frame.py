"""The frame of a page: header with station and navigation, main part, and what is told on the way."""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import quote

from nicegui import ui

from dashboard.shell.html import words
from dashboard.shell.place import Place
from dashboard.texts import LANGUAGES, NAMES
from dashboard.visit import Visit

QUASAR = {"en": "en-US", "fr": "fr"}


def speak(visit: Visit) -> None:
    """Have the document itself say its language and theme, from its first byte on."""
    client = ui.context.client
    page = copy.copy(client.page)
    page.language = QUASAR[visit.t.language]  # type: ignore[assignment] # NiceGUI names each one it has
    page.dark = visit.dark
    client.page = page


@contextmanager
def around(visit: Visit, here: Place, navigation: Sequence[Place]) -> Iterator[None]:
    """The page's header; its own content goes into <main>."""
    ui.add_head_html('<link rel="stylesheet" href="/static/okko.css">')
    ui.add_body_html('<script type="module" src="/static/shell.js"></script>')
    _no_second_main()
    with ui.element("div").classes("okko-page"):
        link("#main", visit.t("shell.skip"), "okko-skip")
        if navigation:
            _header(visit, here, navigation)
        with ui.element("main").props("id=main tabindex=-1"):
            yield


def _no_second_main() -> None:
    """Quasar's page is a <main> around all, header and navigation too; whoever jumps to the main part wants ours."""
    slot = ui.context.client.content.parent_slot
    if slot is not None:
        slot.parent.props("role=presentation")


def link(target: str, text: str, classes: str = "") -> ui.element:
    """A link, as HTML has it: a real one, to be opened in a tab of its own too."""
    return ui.link(text, target).classes(replace=classes)


def notice(title: str, text: str, *, command: str | None = None, icon: str = "info") -> None:
    """What stands where there is nothing to show: why, and what to do; `command` can be typed in a terminal."""
    with ui.element("section").classes("okko-notice"):
        sign(icon)
        words("h2", title)
        words("p", text)
        if command:
            words("code", command)


def sign(name: str) -> ui.icon:
    """A sign beside words: for eyes only."""
    return ui.icon(name).props("aria-hidden=true")


def _header(visit: Visit, here: Place, navigation: Sequence[Place]) -> None:
    t = visit.t
    with ui.element("header").classes("okko-header"):
        with ui.link(target="/").classes(replace="okko-brand"):
            words("strong", "okko")
            words("span", visit.desk.station.station.name)
        with ui.element("nav").props(f'aria-label="{t("shell.navigation")}"'):
            for place in navigation:
                if visit.may(place.role):
                    _entry(visit, place, current=here.path == place.path or here.path.startswith(f"{place.path}/"))
        with ui.element("div").classes("okko-choices"):
            _choices(visit, here)


def _entry(visit: Visit, place: Place, *, current: bool) -> None:
    entry = ui.link(target=place.path).classes(replace="okko-entry")
    if current:
        entry.props("aria-current=page")
    with entry:
        sign(place.icon)
        words("span", visit.t(place.title))


def _choices(visit: Visit, here: Place) -> None:
    t = visit.t
    back = quote(here.path if "{" not in here.path else "/")
    for language in LANGUAGES:
        if language != t.language:
            entry = link(f"/choose?language={language}&next={back}", language.upper(), "okko-choice")
            named = f"{language.upper()} ({NAMES[language]})"  # what is read out begins with what is seen
            entry.props(f'lang={language} hreflang={language} aria-label="{named}" title="{NAMES[language]}"')
    other = "light" if visit.dark else "dark"
    with ui.link(target=f"/choose?theme={other}&next={back}").classes(replace="okko-choice") as theme:
        sign("light_mode" if visit.dark else "dark_mode")
    theme.props(f'aria-label="{t(f"shell.theme_{other}")}" title="{t(f"shell.theme_{other}")}"')
    if visit.person.name:
        with ui.link(target="/account").classes(replace="okko-choice okko-person"):
            sign("person")
            words("span", visit.person.name)
    else:
        with ui.link(target=f"/login?next={back}").classes(replace="okko-choice okko-person"):
            sign("login")
            words("span", t("shell.login"))
