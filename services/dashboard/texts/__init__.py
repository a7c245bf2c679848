"""All words of the pages, in each language: one TOML file a page, a table for each text, languages side by side.

    [title]
    en = "Items"
    fr = "Pièces"

It is named `items.title` from `items.toml`. A `{count}` in it is filled in by `str.format`.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
THIN = "\N{NARROW NO-BREAK SPACE}"
NAMES: Mapping[Language, str] = {"en": "English", "fr": "Français"}
"""What each language calls itself."""


class Texts:
    """The words in one language, called as `t("items.title")`."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._texts = _texts()

    def __call__(self, name: str, /, **values: object) -> str:
        """The text of that name, with `values` in its places.

        Raises:
            KeyError: if there is no such text, or a value is missing.
        """
        text = self._texts[name][self.language]
        return text.format(**values) if values else text

    def number(self, value: float, decimals: int = 0) -> str:
        """`12,345.6`, or in French `12 345,6`."""
        text = f"{value:,.{decimals}f}"
        if self.language == "fr":
            return text.replace(",", THIN).replace(".", ",")
        return text

    def has(self, name: str) -> bool:
        """Whether there is a text of that name."""
        return name in self._texts

    def all_of(self, page: str) -> dict[str, str]:
        """All texts of a page by the last part of their names: for what is written in JavaScript."""
        prefix = f"{page}."
        return {
            name.removeprefix(prefix): text[self.language]
            for name, text in self._texts.items()
            if name.startswith(prefix)
        }


def wanted(chosen: str | None, accepted: str, default: Language) -> Language:
    """The language of a browser: what was chosen, else the first of Accept-Language that there is, else the default."""
    for language in LANGUAGES:
        if language == chosen:
            return language
    for part in accepted.split(","):
        tag = part.split(";")[0].strip().lower().split("-")[0]
        for language in LANGUAGES:
            if language == tag:
                return language
    return default


@cache
def _texts() -> Mapping[str, Mapping[Language, str]]:
    found: dict[str, Mapping[Language, str]] = {}
    for file in files(__name__).iterdir():
        if file.name.endswith(".toml"):
            page = file.name.removesuffix(".toml")
            tables: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
            found.update({f"{page}.{name}": table for name, table in tables.items()})
    return found
