"""The server: uvicorn with NiceGUI, on the agent's own event loop."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from nicegui import app as pages_app
from nicegui import ui
from starlette.staticfiles import StaticFiles

from dashboard.access.routes import router as access_router
from dashboard.desk import Desk
from dashboard.items.files import router as items_router
from dashboard.label.coco import router as coco_router
from dashboard.settings import DashboardSettings
from dashboard.web import certificate, nonce, sockets, sparing
from dashboard.web.connections import BoundedHttp
from dashboard.web.guard import Guard
from dashboard.web.routes import router
from okko.errors import AddressTaken

STATIC = Path(__file__).parents[1] / "static"
RECONNECT_S = 20.0
"""How long a page's state is kept for a browser that lost its connection."""

STOP_S = 3.0
"""A page asks for news for a second at most."""


class _Quiet(uvicorn.Server):
    """uvicorn without signal handlers of its own: the agent ends it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """Serves the pages until it is stopped."""

    def __init__(self, desk: Desk, settings: DashboardSettings, where: Path) -> None:
        certificate.check(settings, where)
        self._settings = settings
        self._socket = _bound(settings, where)
        self._server = _Quiet(
            uvicorn.Config(
                Guard(build(desk), names=names_of(settings)),
                log_config=None,
                access_log=False,
                lifespan="on",
                timeout_graceful_shutdown=int(STOP_S),
                server_header=False,
                http=BoundedHttp,
                ws="websockets-sansio",
                ws_max_size=2 * 1024 * 1024,
                ssl_certfile=settings.cert,
                ssl_keyfile=settings.key,
            )
        )

    async def serve(self) -> None:
        """Answer requests until cancelled; then answer what was asked, and tell the browsers, within `STOP_S`."""
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(self._server.serve(sockets=[self._socket]))
            try:
                await asyncio.shield(serving)
            finally:
                self._server.should_exit = True
                await serving


def build(desk: Desk) -> FastAPI:
    """The application: our routes, and NiceGUI's with all pages."""
    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    api.state.desk = desk
    pages_app.state.desk = desk
    api.mount("/static", StaticFiles(directory=STATIC), name="static")
    api.include_router(router)
    api.include_router(items_router)
    api.include_router(access_router)
    nonce.put_into_template()
    sockets.bound()
    sparing.be_sparing()
    api.include_router(coco_router)
    _import_pages()
    options: dict[str, Any] = {
        "title": "okko",
        "favicon": STATIC / "okko.svg",
        "dark": None,
        "tailwind": False,
        "reconnect_timeout": RECONNECT_S,
        "binding_refresh_interval": None,
        "message_history_length": 200,
        "show_welcome_message": False,
        "viewport": "width=device-width, initial-scale=1",
    }
    ui.run_with(api, **options)
    return api


def names_of(settings: DashboardSettings) -> tuple[str, ...]:
    """By which names browsers may ask for the page, beside addresses and local names."""
    return (*settings.names, settings.host, socket.gethostname())


def _import_pages() -> None:
    """Have all pages known: each registers itself as it is imported."""
    from dashboard import all_pages  # noqa: F401


def _bound(settings: DashboardSettings, where: Path) -> socket.socket:
    """The listening socket, taken before anything else is begun, so that a wrong address is told at once.

    Raises:
        AddressTaken: if the address cannot be taken.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        remedy = f"Give another `port` under [dashboard] in {where}, or end what holds it: ss -ltnp"
        raise AddressTaken(f"{settings.host}:{settings.port}", error.strerror or str(error), remedy) from error
    listening.settimeout(0)
    return listening
