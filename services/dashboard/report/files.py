"""Written reports as they are served: to be looked at within the page, or taken away."""

import anyio.to_thread
from fastapi import APIRouter, Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from dashboard.report.written import FOLDER, is_report
from dashboard.web.routes import Looking, desk_of

router = APIRouter()

POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'"
)
"""A report needs nothing but itself; whatever may have got into one can fetch nothing and run nothing."""


@router.get("/api/report/{name}")
async def report(request: Request, _person: Looking, name: str, *, download: bool = False) -> Response:
    """A report, by its name."""
    file = desk_of(request).station.data / FOLDER / name
    if not is_report(name) or not await anyio.to_thread.run_sync(file.is_file):
        return PlainTextResponse("there is no such report", 404)
    return FileResponse(
        file,
        media_type="text/html; charset=utf-8",
        filename=name,
        content_disposition_type="attachment" if download else "inline",
        headers={"Content-Security-Policy": POLICY},
    )
