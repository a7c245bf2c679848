"""Reports and cards of taught bundles, served to those who may teach; and the way in for a model file."""

import secrets
import shutil
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, JSONResponse, Response

from dashboard.actions import Refused
from dashboard.desk import Desk, beside
from dashboard.jobs.files import Teaching, shut_in
from dashboard.shell.arrival import address_of
from dashboard.teach.bundles import Taught, taught_in
from dashboard.teach.uploads import MOST_BYTES, ROOM_BYTES, UPLOADS, clear
from dashboard.web.routes import desk_of
from okko.errors import OkkoError
from workshop.teaching.command import FOLDER

router = APIRouter()

_CHUNK_BYTES = 1 << 20


@router.get("/api/taught/{key}/report")
async def report(request: Request, _person: Teaching, key: str) -> Response:
    """The report of a bundle."""
    bundle = await _found(desk_of(request), key)
    return shut_in(bundle.folder / "report.html" if bundle.report is None else bundle.report)


@router.get("/api/taught/{key}/card")
async def card(request: Request, _person: Teaching, key: str) -> Response:
    """The card of a bundle, as text.

    Raises:
        HTTPException: 404 if it has none.
    """
    bundle = await _found(desk_of(request), key)
    if bundle.card is None:
        raise HTTPException(404, "this bundle has no card")
    return FileResponse(bundle.card, media_type="text/plain; charset=utf-8")


@router.post("/api/models/upload")
async def upload(
    request: Request, person: Teaching, name: Annotated[str, Query(min_length=1, max_length=200)]
) -> JSONResponse:
    """Take a model file, the body of the request, and have it looked at by `okko model inspect`: gives the job."""
    desk = desk_of(request)
    if not secrets.compare_digest(request.headers.get("x-okko-csrf", "").encode(), person.csrf.encode()):
        return JSONResponse({"error": "the header X-Okko-CSRF is missing or not this session's"}, 403)
    token = secrets.token_hex(8)
    path = desk.folder / UPLOADS / token
    try:
        await beside(lambda: clear(path.parent))
        if shutil.disk_usage(path.parent).free < ROOM_BYTES:
            return JSONResponse({"error": desk.texts(person.language)("teach.no_room")}, 507)
        size_bytes = 0
        with path.open("wb") as file:
            async for chunk in request.stream():
                size_bytes += len(chunk)
                if size_bytes > MOST_BYTES:
                    text = desk.texts(person.language)("teach.too_large", most=MOST_BYTES >> 20)
                    return JSONResponse({"error": text}, 413)
                await beside(lambda chunk=chunk: file.write(chunk))  # type: ignore[misc] # written before the next one
        result = await desk.actions.run(
            desk, person, address_of(request), "models.upload", {"upload": token, "name": name}
        )
        return JSONResponse(dict(result))
    except ClientDisconnect:
        return JSONResponse({"error": "the browser went away"}, 400)
    except Refused as refused:
        return JSONResponse({"error": str(refused)}, refused.status)
    except OkkoError as error:
        return JSONResponse({"error": str(error)}, 409)
    finally:
        await beside(lambda: path.unlink(missing_ok=True))


async def _found(desk: Desk, key: str) -> Taught:
    bundles = await beside(lambda: taught_in(desk.station.folder / FOLDER))
    found = next((bundle for bundle in bundles if bundle.key == key), None)
    if found is None:
        raise HTTPException(404, "there is no such bundle")
    return found
