"""Who a request is from, and what its browser has chosen."""

from starlette.requests import HTTPConnection

from dashboard.web import cookies


def token_of(request: HTTPConnection) -> str | None:
    """The token of the session, as the browser holds it."""
    return request.cookies.get(cookies.session_name(tls=request.url.scheme in {"https", "wss"}))


def address_of(request: HTTPConnection) -> str:
    """The address that the request came from, for the audit and the lock-out."""
    return request.client.host if request.client is not None else ""


def theme_of(request: HTTPConnection) -> bool | None:
    """Whether the page is dark; None: as the browser's system is."""
    return {"dark": True, "light": False}.get(request.cookies.get(cookies.THEME, ""))
