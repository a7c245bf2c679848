"""What every request passes: changes and sockets only from our own pages, and the headers on every answer."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard.web import guard
from dashboard.web.guard import Guard


async def answered(_request: Request) -> PlainTextResponse:
    """Any page."""
    return PlainTextResponse("done")


async def talk(socket: WebSocket) -> None:
    """Any socket."""
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


def guarded() -> Guard:
    """An application behind the guard."""
    routes = [Route("/", answered, methods=["GET", "POST"]), WebSocketRoute("/socket", talk)]
    return Guard(Starlette(routes=routes))


async def ask(method: str, origin: str | None = None, *, tls: bool = False) -> httpx.Response:
    """One request to the guarded application."""
    headers = {} if origin is None else {"Origin": origin}
    url = f"{'https' if tls else 'http'}://box:8080"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guarded()), base_url=url) as client:
        return await client.request(method, "/", headers=headers)


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://box:8080", 200), ("http://elsewhere", 403), ("http://box:80800", 403), ("null", 403), (None, 403)],
)
async def test_a_change_is_taken_from_our_own_pages_alone(origin: str | None, status: int) -> None:
    """A browser always says where a POST comes from; what says nothing, or another place, is refused."""
    assert (await ask("POST", origin)).status_code == status


async def test_looking_needs_no_origin() -> None:
    """Browsers send none with a link that somebody follows."""
    assert (await ask("GET")).status_code == 200


@pytest.mark.parametrize("origin", ["http://elsewhere", None])
def test_a_socket_of_another_page_is_refused(origin: str | None) -> None:
    """Cookies go with it, so its origin is all that tells it from ours."""
    client = TestClient(guarded())
    headers = {} if origin is None else {"Origin": origin}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/socket", headers=headers):
        pass
    with client.websocket_connect("/socket", headers={"Origin": "http://testserver"}) as socket:
        assert socket.receive_text() == "hello"


async def test_each_answer_says_what_the_browser_may_do_with_it() -> None:
    """No frame elsewhere, nothing from elsewhere, nothing kept; https for good where it is spoken."""
    plain, safe = (await ask("GET")).headers, (await ask("GET", tls=True)).headers
    assert "default-src 'self'" in plain["content-security-policy"]
    assert "frame-ancestors 'self'" in plain["content-security-policy"]
    assert plain["x-content-type-options"] == "nosniff"
    assert plain["cache-control"] == "no-store"
    assert "strict-transport-security" not in plain
    assert safe["strict-transport-security"].startswith("max-age=")
    assert "wss://box:8080" in safe["content-security-policy"]


@pytest.mark.parametrize("origin", ["http://[", "https://box:8080", "http://box:8080/", "http://box:8080.elsewhere"])
async def test_an_origin_is_the_whole_of_it(origin: str) -> None:
    """Somebody on the way can have a page of http seem to be at the address of ours of https."""
    assert (await ask("POST", origin)).status_code == 403


async def test_a_form_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that says it is larger is refused; one that does not say so, or never ends, is cut off and no fault."""
    monkeypatch.setattr(guard, "BODY_S", 0.1)

    async def read(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{len(await request.body())}")

    app = Guard(Starlette(routes=[Route("/", read, methods=["POST"]), Route("/api/coco", read, methods=["POST"])]))

    async def larger() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(guard.LARGEST_BODY // 2)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.01)

    origin = {"Origin": "http://box"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://box", headers=origin) as client:
        assert (await client.post("/", content=bytes(guard.LARGEST_BODY))).text == str(guard.LARGEST_BODY)
        assert (await client.post("/", content=bytes(guard.LARGEST_BODY + 1))).status_code == 413
        assert (await client.post("/", content=b"", headers={"Content-Length": "9" * 5000})).status_code == 413
        assert (await client.post("/", content=larger())).status_code == 500
        assert (await client.post("/", content=endless())).status_code == 500
        assert (await client.post("/api/coco", content=larger())).text == str(3 * (guard.LARGEST_BODY // 2))
