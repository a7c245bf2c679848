"""What the site holds: every page and file to which the links lead from the README on, and the order of the index."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.pages import Page

START = "README.md"
INDEX = "docs/README.md"
ABOUT = (START, INDEX, "CHANGELOG.md")
"""The pages under the first heading of the navigation; the headings of the index are the others."""


class BadLinkError(Exception):
    """A link that the site cannot follow, and the page in which it stands."""


def contents(root: Path) -> list[Path]:
    """The pages and files of the site, relative to the repository; raises BadLinkError."""
    waiting, found = [Path(START)], {Path(START)}
    while waiting:
        path = waiting.pop()
        if path.suffix == ".md":
            new = set(_linked(root, path)) - found
            waiting.extend(new)
            found |= new
    return sorted(found)


def navigation(root: Path) -> dict[str, list[str]]:
    """The pages under each heading of the index, in its order."""
    page = Page.read(root / INDEX)
    sections = {"Start": list(ABOUT)}
    for heading, text in re.findall(r"^## (.+)\n((?:(?!^## ).*\n?)*)", page.text, re.MULTILINE):
        links = Page(page.path, text).links
        paths = dict.fromkeys(_target(root, Path(INDEX), link).as_posix() for link in links)
        sections[heading] = [path for path in paths if path.endswith(".md")]
    return sections


def as_toml(sections: Mapping[str, list[str]]) -> str:
    """The navigation as zensical's configuration has it."""
    entries = (f"{{ {json.dumps(heading)} = {json.dumps(paths)} }}" for heading, paths in sections.items())
    return f"nav = [{', '.join(entries)}]"


def _linked(root: Path, path: Path) -> Iterator[Path]:
    for link in Page.read(root / path).links:
        target = _target(root, path, link)
        if not (root / target).is_file():
            message = f"{path}: {link} is no file of the repository (to a folder: link to a page or file in it)"
            raise BadLinkError(message)
        yield target


def _target(root: Path, path: Path, link: str) -> Path:
    file = link.partition("#")[0]
    target = (root / path).parent / file if file else root / path
    try:
        return target.resolve().relative_to(root.resolve())
    except ValueError:
        message = f"{path}: {link} leads out of the repository"
        raise BadLinkError(message) from None
