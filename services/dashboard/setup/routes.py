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


@router.get("/api/setup/state")
async def state(request: Request, _person: Looking) -> Response:
    """The station at this moment."""
    desk = desk_of(request)
    disk = await beside(lambda: _disk(desk.station.data)) if desk.station.recorder is not None else None
    now = Now(clock.mono_ns(), clock.unix_ns())
    seen = seen_now(desk.board.seen, now, connected=desk.runtime.connected, disk=disk)
    return Response(msgspec.json.encode(seen), media_type=JSON)


@router.get("/api/setup/preview/{camera}")
async def preview(request: Request, _person: Looking, camera: str, since: Annotated[int, Query(ge=0)] = 0) -> Response:
    """What a camera sees, as soon as it is newer than `since`; nothing (204) where it shows nothing."""
    desk = desk_of(request)
    if all(one.name != camera for one in desk.station.cameras):
        return Response(status_code=404)
    found = await previews_of(desk).newest(camera, since)
    if found is None:
        return Response(status_code=204)
    return Response(found[1], media_type=JSON, headers={"X-Okko-Number": str(found[0])})


def _disk(folder: Path) -> tuple[int, int] | None:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None
    return usage.free, usage.total
