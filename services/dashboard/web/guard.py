"""What every request must pass before any page sees it: where it comes from, and what its answer must carry."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CHANGES = {"POST", "PUT", "PATCH", "DELETE"}

# NiceGUI compiles its templates in the browser, so scripts and styles within the page must be allowed; what comes
# from elsewhere is not, nor may another page put ours into a frame.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' {socket}; frame-src 'self'; "
    "frame-ancestors 'self'; form-action 'self'; base-uri 'self'; object-src 'none'"
)
FIXED: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """ASGI around all of the server: refuses what another site makes a browser send, and sets the headers."""

    def __init__(self, app: ASGIApp, *, tls: bool) -> None:
        self._app = app
        self._tls = tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if (scope["type"] == "websocket" or scope["method"] in CHANGES) and not _is_ours(headers):
            await _refuse(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._set(MutableHeaders(scope=message), scope["path"], headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _set(self, answer: MutableHeaders, path: str, asked: Headers) -> None:
        socket = f"{'wss' if self._tls else 'ws'}://{asked.get('host', '')}"
        answer.setdefault("Content-Security-Policy", POLICY.format(socket=socket))
        for name, value in FIXED.items():
            answer.setdefault(name, value)
        if self._tls:
            answer.setdefault("Strict-Transport-Security", "max-age=31536000")
        if not path.startswith(("/_nicegui", "/static")):
            answer.setdefault("Cache-Control", "no-store")


def _is_ours(headers: Headers) -> bool:
    """Whether a page of this very server sent it. A browser always says where a change, or a socket, comes from."""
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host")


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 4403})
        return
    why = "this request does not come from a page of this dashboard: its Origin is missing or another"
    await JSONResponse({"error": why}, status_code=403)(scope, receive, send)
