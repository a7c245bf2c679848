"""What every request must pass before any page sees it: where it comes from, and what its answer must carry."""

import asyncio
import re
import secrets
from collections.abc import Collection, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.web.hosts import is_known

CHANGES = {"POST", "PUT", "PATCH", "DELETE"}

LARGEST: Mapping[str, int] = {"/api/act/": 4 * 1024 * 1024, "/_nicegui_ws/": 256 * 1024}
"""Bytes of a body below these paths: an action's JSON, ten thousand labels among them; what a page without a socket
says. Whoever can reach the port can have all connections send one at once: so it is little."""

LARGEST_BODY = 64 * 1024
"""Bytes of any other: a form."""

FILES = {"/api/coco", "/api/models/upload"}
"""Who may send one, and how large, is for these to say, before they read it."""

BODY_S = 30.0
"""How long a body may take; how long a file may stand still."""

# NiceGUI compiles its templates in the browser (`unsafe-eval`) and sets styles as it goes. A script within the page
# runs only with this answer's nonce, so that what is smuggled into a text runs nowhere; nothing comes from elsewhere,
# and no other page may put ours into a frame.
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; script-src-attr 'none'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' {socket}; "
    "frame-src 'self'; frame-ancestors 'self'; form-action 'self'; base-uri 'self'; object-src 'none'"
)
FIXED: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_HOST = re.compile(r"[A-Za-z0-9.:\[\]_-]{1,300}")
_NUMBER = re.compile(r"[0-9]{1,18}")


class Guard:
    """ASGI around all of the server: refuses what another site makes a browser send, and sets the headers.

    `names`: what the page is called in DNS, where that is no local name.
    """

    def __init__(self, app: ASGIApp, *, names: Collection[str] = ()) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _set(MutableHeaders(scope=message), scope, headers, nonce)
            await send(message)

        if refusal := self._refusal(scope, headers):
            await _refuse(refusal, scope, receive, send_with_headers)
            return
        bounded = receive if scope["type"] == "websocket" else _bounded(receive, _largest(scope))
        try:
            await self._app(scope, bounded, send_with_headers)
        except (
            ClientDisconnect
        ):  # before its request was whole: nobody waits for an answer, and nothing is at fault here
            return

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        """The status and reason for which a request goes no further, if any."""
        host = headers.get("host", "")
        if not _HOST.fullmatch(host) or not is_known(host, self._names):
            return 421, f"not known as {host[:100]!r}: ask by the address, or add this to `names` under [dashboard]"
        origin = headers.get("origin")
        is_change = scope["type"] == "websocket" or scope["method"] in CHANGES
        # A browser always says where a change, or a socket, comes from; elsewhere it says so only of other sites.
        own = f"{'https' if _is_tls(scope) else 'http'}://{host}"
        if (origin is None and is_change) or (origin is not None and origin.lower() != own.lower()):
            what = "this request does not come from a page of this dashboard: its Origin is missing, or another than"
            return 403, f"{what} {own}; a proxy has to pass on Host, and set X-Forwarded-Proto"
        largest, length = _largest(scope), headers.get("content-length", "0")
        if largest is not None and not (_NUMBER.fullmatch(length) and int(length) <= largest):
            return 413, f"larger than the {largest} bytes that are read"
        return None


def _largest(scope: Scope) -> int | None:
    """Bytes of the body; None: that is for others to say."""
    if scope["type"] == "websocket" or scope["path"] in FILES:
        return None
    return next((most for path, most in LARGEST.items() if scope["path"].startswith(path)), LARGEST_BODY)


def _is_tls(scope: Scope) -> bool:
    return scope["scheme"] in {"https", "wss"}


def _bounded(receive: Receive, largest: int | None) -> Receive:
    """The same body, which ends as a connection does when it is larger than it was said to be, or does not come."""
    loop = asyncio.get_running_loop()
    due_s = loop.time() + BODY_S
    read, is_whole = 0, False

    async def receive_bounded() -> Message:
        nonlocal read, is_whole
        if is_whole:  # what is waited for now is that the browser goes away
            return await receive()
        try:
            async with asyncio.timeout_at(loop.time() + BODY_S if largest is None else due_s):
                message = await receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        read += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        return message if largest is None or read <= largest else {"type": "http.disconnect"}

    return receive_bounded


def _set(answer: MutableHeaders, scope: Scope, asked: Headers, nonce: str) -> None:
    tls = _is_tls(scope)
    host = asked.get("host", "")
    socket = f"{'wss' if tls else 'ws'}://{host}" if _HOST.fullmatch(host) else ""
    answer.setdefault("Content-Security-Policy", POLICY.format(socket=socket, nonce=nonce))
    for name, value in FIXED.items():
        answer.setdefault(name, value)
    if tls:
        answer.setdefault("Strict-Transport-Security", "max-age=31536000")
    if not scope["path"].startswith(("/_nicegui/", "/static/")):
        answer.setdefault("Cache-Control", "no-store")


async def _refuse(refusal: tuple[int, str], scope: Scope, receive: Receive, send: Send) -> None:
    status, why = refusal
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 4000 + status})
        return
    await JSONResponse({"error": why}, status_code=status)(scope, receive, send)
