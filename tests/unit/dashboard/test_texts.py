"""The words of the pages: each in every language, with the same places to fill, and each that is used exists."""

import re
import string
import tomllib
from pathlib import Path

import pytest

from dashboard.texts import LANGUAGES, Texts, wanted

DASHBOARD = Path(__file__).parents[3] / "services" / "dashboard"
FILES = sorted((DASHBOARD / "texts").glob("*.toml"))
USED = re.compile(r"""\bt\(\s*"([a-z_]+\.[a-z_0-9]+)\"""")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_text_is_there_in_each_language_with_the_same_places(file: Path) -> None:
    """What is filled in in one language must have its place in the other."""
    for name, text in tomllib.loads(file.read_text(encoding="utf-8")).items():
        assert set(text) == set(LANGUAGES), name
        places = {
            language: {field for _, field, _, _ in string.Formatter().parse(text[language]) if field}
            for language in text
        }
        assert len({frozenset(found) for found in places.values()}) == 1, (name, places)
        assert all(words.strip() == words and words for words in text.values()), name


@pytest.mark.parametrize("word", ["de référence", "l'ombre", "en charge", "Mettre en charge"])
def test_french_has_one_word_for_one_thing(word: str) -> None:
    """Étalon, en observation, en service: what one page calls so, another does not call otherwise."""
    t = Texts("fr")
    assert [name for file in FILES for name, text in t.all_of(file.stem).items() if word in text] == []


def test_stages_are_called_the_same_on_each_page() -> None:
    """In French, where somebody compares the live page with an item's."""
    live, items = Texts("fr").all_of("live"), Texts("fr").all_of("items")
    assert {name: text for name, text in items.items() if name.startswith("stage_")}.items() <= live.items()


def test_each_text_that_a_page_asks_for_exists() -> None:
    """A missing one would be an error in front of the operator."""
    t = Texts("en")
    used = {name for file in DASHBOARD.rglob("[a-z]*.py") for name in USED.findall(file.read_text(encoding="utf-8"))}
    assert used
    assert {name for name in used if not t.has(name)} == set()


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        ("fr", "en-GB,en", "fr"),
        (None, "fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        (None, "de-DE,de;q=0.9,en;q=0.5", "en"),
        ("xx", "", "en"),
        (None, "es", "en"),
    ],
)
def test_the_language_is_what_was_chosen_else_what_the_browser_speaks(
    chosen: str | None, accepted: str, language: str
) -> None:
    """The station's own where neither says one that there is."""
    assert wanted(chosen, accepted, "en") == language


def test_numbers_are_written_as_the_language_does() -> None:
    """A comma is no thousand in French."""
    assert Texts("en").number(12345.67, 1) == "12,345.7"
    assert Texts("fr").number(12345.67, 1) == "12\u202f345,7"
    assert Texts("fr").number(999) == "999"


def test_a_text_is_filled_in() -> None:
    """Values go into their places; a text without values is given as it is."""
    assert Texts("en")("shell.may_not", role="technician").startswith("This needs the role technician.")
    assert Texts("fr")("live.title") == "En direct"
