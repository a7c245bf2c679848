"""Files that jobs have made, served to those who may see them: reports, shut in, and pictures."""

import re
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from dashboard.access.records import Person
from dashboard.access.role import Role
from dashboard.web.routes import desk_of, person_of

router = APIRouter()

SHUT_IN = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'none'"
)
"""A report runs no script, loads nothing, and knows nothing of the page around it."""

REPORT = "report.html"
PICTURES = "pictures"
_PICTURE = re.compile(r"\d{4,}-\d+-(before|after)\.jpg")


async def technician(person: Annotated[Person, Depends(person_of)]) -> Person:
    """Who asks, if they may teach.

    Raises:
        HTTPException: 401 or 403 if not.
    """
    if person.role < Role.TECHNICIAN:
        raise HTTPException(403 if person.name else 401, "this needs the role technician")
    return person


Teaching = Annotated[Person, Depends(technician)]


@router.get("/api/jobs/{job_id}/report")
async def report(
    request: Request, _person: Teaching, job_id: str, download: Annotated[bool, Query()] = False
) -> Response:
    """The report of a replay."""
    return shut_in(_folder(request, job_id) / REPORT, f"replay-{job_id}.html" if download else None)


@router.get("/api/jobs/{job_id}/picture/{name}")
async def picture(request: Request, _person: Teaching, job_id: str, name: str) -> Response:
    """A picture of a flip.

    Raises:
        HTTPException: 404 if there is none.
    """
    path = _folder(request, job_id) / PICTURES / name
    if not _PICTURE.fullmatch(name) or not path.is_file():
        raise HTTPException(404, "there is no such picture")
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


def shut_in(path: Path, save_as: str | None = None) -> Response:
    """An HTML file that was made from what cameras and PLCs sent: to look at, and to trust in nothing.

    Raises:
        HTTPException: 404 if it is not there.
    """
    if not path.is_file():
        raise HTTPException(404, "there is no such report any more")
    headers = {"Content-Security-Policy": SHUT_IN}
    return FileResponse(path, media_type="text/html; charset=utf-8", headers=headers, filename=save_as)


def _folder(request: Request, job_id: str) -> Path:
    jobs = desk_of(request).jobs
    if jobs.job(job_id) is None:
        raise HTTPException(404, "there is no such job")
    return jobs.shelf.of(job_id)
