"""What only HTTP can do: put the session into a cookie and take it away; and the audit as a file."""

import csv
import hmac
import io
import logging
import math
import sqlite3
from collections.abc import Iterable
from typing import Annotated
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from dashboard.access import audit
from dashboard.access.expiry import seconds_left
from dashboard.access.now import now_ms
from dashboard.access.records import Audited, Person, Session
from dashboard.access.role import Role
from dashboard.shell.arrival import address_of, token_of
from dashboard.web import cookies
from dashboard.web.routes import desk_of, is_of_here, person_of
from okko.clock import utc_text

router = APIRouter()

_FIELDS = ("time", "who", "role", "address", "action", "object", "result", "detail")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_log = logging.getLogger("okko.dashboard.access")


@router.post("/login")
async def login(request: Request) -> RedirectResponse:
    """Log in with the form of the login page; on to the page that was asked for, or back with the reason."""
    desk, form = desk_of(request), await _form(request)
    after = form.get("next", "/")
    after = after if is_of_here(after) else "/"
    try:
        found = await desk.access.login(form.get("name", ""), form.get("password", ""), address_of(request))
        if isinstance(found, Session) and (before := token_of(request)):
            await desk.access.logout(before, address_of(request))
    except sqlite3.Error:
        _log.exception("nobody can log in: the store of people cannot be read or written")
        return _back({"refused": "store", "next": after})
    if not isinstance(found, Session):
        return _back({"refused": found.reason, "wait": str(math.ceil(found.wait_s)), "next": after})
    answer = RedirectResponse(after, 303)
    _set_session(request, answer, found.token, seconds_left(found.expires_ms, now_ms()))
    return answer


@router.post("/logout")
async def logout(request: Request) -> Response:
    """End the session; the form carries the session's secret, so that no other page can do it."""
    desk, form = desk_of(request), await _form(request)
    token = token_of(request)
    person = await desk.person(token)
    if not hmac.compare_digest(form.get("csrf", "").encode(), person.csrf.encode()):
        return JSONResponse({"error": "this form is not of your session: load the page again"}, 403)
    if token:
        await desk.access.logout(token, address_of(request))
    answer = RedirectResponse("/login?refused=out", 303)
    _set_session(request, answer, "", 0)
    return answer


async def technician(person: Annotated[Person, Depends(person_of)]) -> Person:
    """Who asks, if they manage the dashboard.

    Raises:
        HTTPException: 401 without a login, 403 with a lower role.
    """
    if person.role < Role.TECHNICIAN:
        raise HTTPException(403 if person.name else 401, "this needs the role technician")
    return person


@router.get("/audit.csv")
async def audit_csv(  # noqa: PLR0913, PLR0917 - one argument for each filter
    request: Request,
    _person: Annotated[Person, Depends(technician)],
    who: Annotated[str, Query()] = "",
    action: Annotated[str, Query()] = "",
    result: Annotated[str, Query()] = "",
    text: Annotated[str, Query()] = "",
    since_ms: Annotated[int | None, Query()] = None,
) -> Response:
    """The audit's entries that the page's filters let through, the newest first, for a spreadsheet."""
    query = audit.Query(since_ms=since_ms, who=who, action=action, result=result, text=text)
    found = await desk_of(request).access.audited(query)
    name = f"audit-{desk_of(request).station.station.name}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(as_csv(found), media_type="text/csv; charset=utf-8", headers=headers)


def as_csv(entries: Iterable[Audited]) -> str:
    """Entries as CSV with a heading. What a spreadsheet would take for a formula begins with an apostrophe."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(_FIELDS)
    for entry in entries:
        texts = (entry.who, entry.role, entry.address, entry.action, entry.object, entry.result, entry.detail)
        safe = (f"'{text}" if text.startswith(_FORMULA) else text for text in texts)
        table.writerow((utc_text(entry.at_ms * 1_000_000), *safe))
    return written.getvalue()


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form; of several of one name, the last."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return {name: values[-1] for name, values in parse_qs(body, keep_blank_values=True, max_num_fields=10).items()}
    except ValueError as error:
        raise HTTPException(400, "this is no form of ours") from error


def _back(said: dict[str, str]) -> RedirectResponse:
    return RedirectResponse(f"/login?{urlencode(said)}", 303)


def _set_session(request: Request, answer: Response, token: str, max_age_s: int) -> None:
    tls = request.url.scheme == "https"
    answer.set_cookie(
        cookies.session_name(tls=tls),
        token,
        max_age=max_age_s,
        path="/",
        secure=tls,
        httponly=True,
        samesite="strict",
    )
