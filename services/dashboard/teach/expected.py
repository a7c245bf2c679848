"""What is to be expected of a taught model, in words. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from dashboard.texts import Texts


def to_be_expected(t: Texts, figures: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Of false rejects and of escapes: the name, and the share with what it may be at most."""
    for key in ("false_rejects", "escapes"):
        share = figures.get(key)
        yield t(f"teach.expected_{key}"), t("teach.not_known") if share is None else _share(t, share)


def _share(t: Texts, share: Mapping[str, float]) -> str:
    return t("teach.share", expected=f"{100 * share['expected']:.2g}", upper=f"{100 * share['upper']:.2g}")
