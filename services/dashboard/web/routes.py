"""What is served beside the pages: the newest of the line, pictures, and the actions as POST."""

import hmac
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from dashboard.access.records import Person
from dashboard.access.role import Role
from dashboard.actions import Refused
from dashboard.desk import Desk
from dashboard.shell.arrival import address_of, token_of
from dashboard.texts import LANGUAGES
from dashboard.web import cookies
from okko.errors import OkkoError

router = APIRouter()

JSON = "application/json"
THEMES = ("dark", "light")
MOST_OF_A_STRANGER = 16 * 1024


def desk_of(request: Request) -> Desk:
    """The desk that serves this request."""
    desk: Desk = request.app.state.desk
    return desk


async def person_of(request: Request) -> Person:
    """Who asks. What a page fetches by itself, again and again, keeps nobody logged in."""
    desk = desk_of(request)
    return await desk.person(token_of(request), active=request.method != "GET")


async def viewer(person: Annotated[Person, Depends(person_of)]) -> Person:
    """Who asks, if they may look.

    Raises:
        HTTPException: 401 if not.
    """
    if person.role < Role.VIEWER:
        raise HTTPException(401, "log in first")
    return person


Looking = Annotated[Person, Depends(viewer)]


@router.get("/api/live")
async def live(request: Request, _person: Looking, since: Annotated[int, Query(ge=0)] = 0) -> Response:
    """The newest of the line as JSON: at once where there is news since that number, else as soon as there is."""
    board = desk_of(request).board
    board.looked_at()
    return Response(await board.news(since), media_type=JSON)


@router.get("/api/live/frame/{camera}/{frame_id}")
async def live_frame(request: Request, _person: Looking, camera: str, frame_id: str) -> Response:
    """A frame that the newest of the line names."""
    found = await desk_of(request).board.picture(camera, frame_id)
    if found is None:
        return Response(status_code=204)  # the page has a newer one by now: no fault to tell of
    return Response(found.data, media_type=found.media_type, headers={"Cache-Control": "private, max-age=60"})


@router.post("/api/act/{name}")
async def act(request: Request, name: str) -> JSONResponse:
    """Do something, as the pages do it."""
    desk = desk_of(request)
    person = await desk.person(token_of(request))
    if not hmac.compare_digest(request.headers.get("x-okko-csrf", "").encode(), person.csrf.encode()):
        return JSONResponse({"error": "the header X-Okko-CSRF is missing or not this session's"}, 403)
    # Of somebody without a login all connections together send so much at once.
    most = MOST_OF_A_STRANGER if not person.name else None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if most is not None and len(body) > most:
            return JSONResponse({"error": f"without a login no more than {most} bytes are read"}, 413)
    try:
        args = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        return JSONResponse({"error": f"the arguments must be an object of JSON: {error}"}, 422)
    try:
        return JSONResponse(dict(await desk.actions.run(desk, person, address_of(request), name, args)))
    except Refused as refused:
        return JSONResponse({"error": str(refused)}, refused.status)
    except OkkoError as error:
        return JSONResponse({"error": str(error)}, 409)


@router.get("/choose")
async def choose(
    request: Request,
    language: Annotated[str, Query()] = "",
    theme: Annotated[str, Query()] = "",
    after: Annotated[str, Query(alias="next")] = "/",
) -> RedirectResponse:
    """Keep a choice of language or colours with this browser, the language with who is logged in too, and go on."""
    person = await person_of(request)
    if person.name and language in LANGUAGES:
        await desk_of(request).access.change(lambda book: book.users.set_language(person.name, language))
    answer = RedirectResponse(after if is_of_here(after) else "/", 303)
    for name, value, known in ((cookies.LANGUAGE, language, LANGUAGES), (cookies.THEME, theme, THEMES)):
        if value in known:
            answer.set_cookie(
                name, value, max_age=cookies.CHOICE_MAX_AGE_S, samesite="lax", secure=request.url.scheme == "https"
            )
    return answer


def is_of_here(path: str) -> bool:
    """Whether a place to go on to is one of ours: no other host hides in it."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
