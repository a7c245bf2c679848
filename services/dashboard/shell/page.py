"""`@page`: a page of the dashboard, with all that stands around it."""

import inspect
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from nicegui import ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.access.role import Role
from dashboard.actions import may_not
from dashboard.desk import Desk
from dashboard.shell import frame
from dashboard.shell.arrival import address_of, theme_of, token_of
from dashboard.shell.following import follow
from dashboard.shell.place import Place
from dashboard.texts import Texts, wanted
from dashboard.visit import Visit
from dashboard.web import cookies
from dashboard.web.pages_held import make_room

NAVIGATION: list[Place] = []
"""The pages in the header, in the order that `dashboard.all_pages` gives them."""


def page(
    path: str, title: str, *, role: Role = Role.VIEWER, icon: str = "", bare: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function the page at `path`; its first argument is the Visit, the others are those of the path and query.

    `title` names a text. With an `icon` it stands in the navigation of those who have the `role`; who has not is sent
    to the login, or told so. `bare`: without header and navigation.
    """

    def register(build: Callable[..., Any]) -> Callable[..., Any]:
        place = Place(path, title, icon, role)
        if icon:
            NAVIGATION.append(place)

        async def shown(request: Request, **given: Any) -> Response | None:
            make_room()
            visit = await visit_of(request)
            if not visit.may(role):
                if not visit.person.name:
                    return RedirectResponse(f"/login?next={quote(request.url.path)}", 303)
                frame.speak(visit)
                ui.context.client.status_code = 403
                with frame.around(visit, place, NAVIGATION):
                    frame.notice(visit.t("shell.may_not_title"), may_not(visit.t, role))
                return None
            follow(visit, request.url.path)
            frame.speak(visit)
            ui.page_title(f"{visit.t(title)} · {visit.desk.station.station.name}")
            with frame.around(visit, place, () if bare else NAVIGATION):
                result = build(visit, **given)
                if inspect.isawaitable(result):
                    await result
            return None

        own = list(inspect.signature(build).parameters.values())[1:]
        asked = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
        keyword_only = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
        shown.__signature__ = inspect.Signature([asked, *keyword_only])  # type: ignore[attr-defined] # what FastAPI reads
        shown.__name__ = build.__name__
        ui.page(path)(shown)
        return build

    return register


async def visit_of(request: Request) -> Visit:
    """The visit that a request begins."""
    desk: Desk = request.app.state.desk
    token = token_of(request)
    person = await desk.person(token)
    # A panel is shared: who logs in brings their language along.
    chosen = person.language or request.cookies.get(cookies.LANGUAGE)
    language = wanted(chosen, request.headers.get("accept-language", ""), desk.settings.language)
    return Visit(desk, person, token, address_of(request), Texts(language), theme_of(request))
