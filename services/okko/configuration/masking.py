"""What may be told of a station file: its text without the users, passwords and keys that stand in cameras' addresses.

A password never stands in the file but there. Who edits the text sees `***` in its place, and what comes back with
`***` gets what stood there before.
"""

import hashlib
import re
from collections.abc import Iterator

MASK = "***"
_URL = re.compile(
    r"""(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<user>[^\s"'/?#]*@)?(?P<rest>[^\s"'?#]*)(?P<query>\?[^\s"'#]*)?"""
)


class UnknownSecret(ValueError):
    """An address came back with `***` in it, and the file has none that it could be."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


def masked(text: str) -> str:
    """The text as it may be told to anyone who may read the station's topics."""
    return _URL.sub(_hide, text)


def told_sha256(text: str) -> str:
    """The hash of the text as it is told: of what is masked it says nothing."""
    return hashlib.sha256(masked(text).encode()).hexdigest()


def unmasked(text: str, before: str) -> str:
    """The text with what was masked put back, from the text that it was made of.

    Raises:
        UnknownSecret: if an address is masked of which `before` knows no user or key.
    """
    known = list(_secrets(before))

    def put_back(found: re.Match[str]) -> str:
        url = found[0]
        if found["user"] != f"{MASK}@" and found["query"] != f"?{MASK}":
            return url
        # The same address; else another path of the same camera.
        same = [m for m in known if _hide(m) == url] or [m for m in known if _host(m) == _host(found)]
        if not same:
            raise UnknownSecret(url)
        user = same[0]["user"] if found["user"] == f"{MASK}@" else found["user"]
        query = same[0]["query"] if found["query"] == f"?{MASK}" else found["query"]
        return f"{found['scheme']}{user or ''}{found['rest']}{query or ''}"

    return _URL.sub(put_back, text)


def _secrets(text: str) -> Iterator[re.Match[str]]:
    for found in _URL.finditer(text):
        if found["user"] or found["query"]:
            yield found


def _hide(found: re.Match[str]) -> str:
    user = f"{MASK}@" if found["user"] else ""
    query = f"?{MASK}" if found["query"] else ""
    return f"{found['scheme']}{user}{found['rest']}{query}"


def _host(found: re.Match[str]) -> tuple[str, str]:
    return found["scheme"], found["rest"].split("/", maxsplit=1)[0]
