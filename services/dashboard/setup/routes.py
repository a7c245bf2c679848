"""What the station pages ask for again and again."""

import shutil
from pathlib import Path
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from dashboard.desk import beside
from dashboard.setup.previews import previews_of
from dashboard.setup.state import seen_now
from dashboard.web.routes import JSON, Looking, desk_of
from okko import clock
from okko.watch.seen import Now

router = APIRouter()

MOST_CAMERAS = 64


@router.get("/api/setup/state")
async def state(request: Request, _person: Looking) -> Response:
    """The station at this moment."""
    desk = desk_of(request)
    disk = await beside(lambda: _disk(desk.station.data)) if desk.station.recorder is not None else None
    now = Now(clock.mono_ns(), clock.unix_ns())
    seen = seen_now(desk.board.seen, now, connected=desk.runtime.connected, disk=disk)
    return Response(msgspec.json.encode(seen), media_type=JSON)


@router.get("/api/setup/previews")
async def previews(
    request: Request,
    _person: Looking,
    camera: Annotated[list[str], Query(max_length=MOST_CAMERAS)],
    since: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """What these cameras see, as soon as one is newer than `since`; those that show nothing are left out."""
    desk = desk_of(request)
    known = {one.name for one in desk.station.cameras}
    number, found = await previews_of(desk).newest([name for name in camera if name in known], since)
    told = {"number": number, "previews": {name: msgspec.Raw(one) for name, one in found.items()}}
    return Response(msgspec.json.encode(told), media_type=JSON)


def _disk(folder: Path) -> tuple[int, int] | None:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None
    return usage.free, usage.total
