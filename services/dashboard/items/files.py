"""What is served of the record beside the pages: thumbnails, pictures, an item as JSON, and all of it as a ZIP."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from dashboard.desk import Desk
from dashboard.items.thumbs import Shown, Thumbs, whole
from dashboard.record import NoRecord, of_record
from dashboard.web.routes import Looking, desk_of
from recorder.reader import StoredFrame, StoredItem, frame_of
from recorder.search import found_at, place_of

router = APIRouter()

FOR_EVER = "private, max-age=31536000, immutable"
"""A frame never changes: its id is that of one exposure."""

_thumbs = Thumbs()
_makers = anyio.CapacityLimiter(2)
"""Pictures are made on two threads at most: the line has the processor first."""


@router.get("/thumb/{frame_id}")
async def thumb(request: Request, _person: Looking, frame_id: str) -> Response:
    """A frame, small."""
    return await _picture(request, frame_id, _thumbs.of)


@router.get("/picture/{frame_id}")
async def picture(request: Request, _person: Looking, frame_id: str, download: Annotated[int, Query()] = 0) -> Response:
    """A frame, whole; to be saved, the very file that was recorded."""
    if not download:
        return await _picture(request, frame_id, whole)
    return await _picture(request, frame_id, _file)


@router.get("/api/items/{item_id}")
async def item_json(request: Request, _person: Looking, item_id: str) -> Response:
    """An item, as it was recorded."""
    try:
        stored = await stored_item(desk_of(request), item_id)
    except NoRecord as error:
        return _no_record(error)
    if stored is None:
        return Response(status_code=404)
    return Response(stored.item, media_type="application/json", headers=_saved_as(f"{item_id}.json"))


@router.get("/api/items/{item_id}/all")
async def item_zip(request: Request, _person: Looking, item_id: str) -> Response:
    """An item and all its frames, as a ZIP."""
    desk = desk_of(request)
    try:
        stored = await stored_item(desk, item_id)
    except NoRecord as error:
        return _no_record(error)
    if stored is None:
        return Response(status_code=404)
    data = await anyio.to_thread.run_sync(_zipped, desk.station.data, stored, limiter=_makers)
    return Response(data, media_type="application/zip", headers=_saved_as(f"{item_id}.zip"))


async def stored_item(desk: Desk, item_id: str) -> StoredItem | None:
    """An item of the record.

    Raises:
        NoRecord: if the record cannot be read.
    """

    def read(connection: Any) -> StoredItem | None:
        place = place_of(connection, item_id)
        found = found_at(connection, [place]) if place is not None else []
        return found[0].item if found else None

    return await of_record(desk, read)


async def _picture(request: Request, frame_id: str, make: Callable[[Path, str], Shown | None]) -> Response:
    desk = desk_of(request)
    try:
        frame = await of_record(desk, lambda connection: frame_of(connection, frame_id))
    except NoRecord as error:
        return _no_record(error)
    if frame is None or frame.gone_ms is not None:
        return Response(status_code=404 if frame is None else 410)
    try:
        file = place_of_file(desk.station.data, frame)
        shown = await anyio.to_thread.run_sync(make, file, frame.sha256, limiter=_makers)
    except OSError as error:
        return Response(str(error), status_code=503, media_type="text/plain")
    if shown is None:
        return Response(status_code=410)
    headers = {"Cache-Control": FOR_EVER, "ETag": shown.etag}
    if request.headers.get("if-none-match") == shown.etag:
        return Response(status_code=304, headers=headers)
    if make is _file:
        headers |= _saved_as(file.name)
    return Response(shown.data, media_type=shown.media_type, headers=headers)


def place_of_file(data: Path, frame: StoredFrame) -> Path:
    """Where a frame's file is.

    Raises:
        FileNotFoundError: if its path leads out of the folder of images.
    """
    file = (data / frame.path).resolve()
    if not file.is_relative_to((data / "images").resolve()):
        raise FileNotFoundError(frame.path)
    return file


def _file(file: Path, sha256: str) -> Shown | None:
    if not file.is_file():
        return None
    return Shown(file.read_bytes(), "application/octet-stream", f'"{sha256[:24]}-file"')


def _zipped(data: Path, stored: StoredItem) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as bundle:
        bundle.writestr("item.json", json.dumps(json.loads(stored.item), indent=2, ensure_ascii=False))
        told = {"frames": stored.frames, "gone": stored.gone, "label": stored.label}
        bundle.writestr("record.json", msgspec.json.format(msgspec.json.encode(told), indent=2))
        for frame in stored.frames:
            file = place_of_file(data, frame)
            if file.is_file():
                bundle.write(file, f"{frame.camera}-{file.name}")
    return target.getvalue()


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _no_record(error: NoRecord) -> Response:
    return Response(str(error), status_code=503, media_type="text/plain")
