"""What is refused about accounts, in the words of a page."""

from dashboard.access.refused import AccessRefused
from dashboard.texts import Texts
from okko.errors import OkkoError


def said(t: Texts, error: OkkoError) -> str:
    """The reason, for who sees the page."""
    if isinstance(error, AccessRefused):
        return t(f"access.refused_{error.key}", **error.fields)
    return str(error)
