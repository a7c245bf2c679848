"""COCO files by the browser: boxes and masks of the record to be saved, and those of a tool to be taken over."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import replace

import msgspec
from fastapi import APIRouter, Request
from nicegui import ui
from starlette.responses import JSONResponse, Response

from dashboard.access.role import Role
from dashboard.actions import Refused, may_not
from dashboard.desk import beside
from dashboard.items.page import now
from dashboard.items.wanted import Wanted, wanted
from dashboard.record import NoRecord, of_record
from dashboard.shell.arrival import address_of, token_of
from dashboard.shell.frame import link
from dashboard.shell.html import words
from dashboard.visit import Visit
from dashboard.web.routes import Looking, desk_of
from okko.errors import ContractError, OkkoError
from workshop.coco.document import read
from workshop.coco.load import batches
from workshop.coco.record import exported, understood

router = APIRouter()

MOST_ITEMS = 10_000
"""Of how many items a file is made at most, the newest; `okko coco export` has no such bound."""

MOST_BYTES = 64 * 1024 * 1024
MOST_TOLD = 20


@router.get("/api/coco")
async def save(request: Request, _person: Looking) -> Response:
    """The frames that match and what is drawn on them; with `annotated` those alone that somebody drew on."""
    desk = desk_of(request)
    asked = wanted(dict(request.query_params), now())
    query = replace(asked.query, limit=MOST_ITEMS)
    only_drawn = request.query_params.get("annotated") == "yes"
    base = desk.station.base
    try:
        document, _ = await of_record(desk, lambda store: exported(store, query, base, only_drawn=only_drawn))
    except NoRecord as error:
        return Response(str(error), status_code=503, media_type="text/plain")
    data = await beside(lambda: msgspec.json.encode(document))
    saved_as = f'attachment; filename="{desk.station.station.name}-coco.json"'
    return Response(data, media_type="application/json", headers={"Content-Disposition": saved_as})


@router.post("/api/coco")
async def take(request: Request) -> JSONResponse:
    """Take over what a file has, as whoever is logged in: how much it was, and why some was left out."""
    desk = desk_of(request)
    person = await desk.person(token_of(request))
    csrf = request.headers.get("x-okko-csrf", "").encode()
    if not person.csrf or not hmac.compare_digest(csrf, person.csrf.encode()):
        return JSONResponse({"error": "the header X-Okko-CSRF is missing or not this session's"}, 403)
    if person.role < Role.TECHNICIAN:  # before anything is read: so much, of anybody, would fill the memory
        return JSONResponse({"error": may_not(desk.texts(person.language), Role.TECHNICIAN)}, 403)
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BYTES:
            return JSONResponse({"error": f"the file is larger than {MOST_BYTES >> 20} MiB"}, 413)
    try:
        document = await beside(lambda: read(bytes(content)))
        found = await of_record(desk, lambda store: understood(store, document))
        frames = annotations = 0
        for batch in batches(found.frames):
            args = {"frames": msgspec.to_builtins(batch)}
            result = await desk.actions.run(desk, person, address_of(request), "annotate", args)
            frames += result["frames"]
            annotations += result["annotations"]
    except Refused as refused:
        return JSONResponse({"error": str(refused)}, refused.status)
    except ContractError as error:
        return JSONResponse({"error": str(error)}, 422)
    except OkkoError as error:
        return JSONResponse({"error": str(error)}, 503)
    left_out = {"left_out": len(found.problems), "problems": found.problems[:MOST_TOLD]}
    return JSONResponse({"frames": frames, "annotations": annotations, **left_out})


def coco(visit: Visit, asked: Wanted, taken: Callable[[], Awaitable[None]]) -> None:
    """The links, and the field for a file; `taken` runs when one has been taken over."""
    t = visit.t
    words("h2", t("label.coco"))
    with ui.element("div").classes("okko-coco"):
        link(asked.address("/api/coco"), t("label.save_all"), "okko-button").props("download")
        link(asked.address("/api/coco", annotated="yes"), t("label.save_drawn"), "okko-button").props("download")
        with ui.element("label"):
            words("span", t("label.take"))
            field = ui.element("input").props('type=file accept=".json,application/json" data-coco')
            field.props["data-csrf"] = visit.person.csrf
            field.props["data-done"] = t("label.taken")
            field.on("taken", taken, args=[])
        words("p", "").props("role=status data-coco-told")
