"""The cookies that the pages keep with a browser."""

SESSION = "okko_session"
"""The login; no script can read it, and no other site send it."""

LANGUAGE = "okko_language"
THEME = "okko_theme"
CHOICE_MAX_AGE_S = 365 * 24 * 3600


def session_name(*, tls: bool) -> str:
    """The login's cookie: with TLS by a name that only this host, over https, can set (RFC 6265bis, 4.1.3)."""
    return f"__Host-{SESSION}" if tls else SESSION
