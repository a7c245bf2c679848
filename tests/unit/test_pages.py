"""The pages that people read: what they link to exists, and who starts at the index finds each of them."""

import re
from pathlib import Path

import pytest

from tools.pages import Page, pages

ROOT = Path(__file__).parents[2]
PAGES = {str(page.path.relative_to(ROOT)): page for page in pages(ROOT)}


def anchors(path: Path) -> set[str]:
    """The headings of a page; nothing else has any."""
    return Page.read(path).anchors if path.suffix == ".md" else set()


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    """Each link and picture of a page leads to a file of the repository, and to a heading in it."""
    page = PAGES[name]
    for link in page.links:
        path, _, anchor = link.partition("#")
        target = (page.path.parent / path).resolve() if path else page.path
        assert target.is_file(), f"{name}: {link} is no file (of a folder: link to a page or file in it)"
        assert target.is_relative_to(ROOT), f"{name}: {link} leads out of the repository"
        assert not anchor or anchor in anchors(target), f"{name}: {link} has no such heading"


def test_every_page_is_in_the_index() -> None:
    """Whoever reads docs/README.md finds every page."""
    index = PAGES["docs/README.md"]
    linked = {(index.path.parent / link.partition("#")[0]).resolve() for link in index.links}
    missing = [name for name, page in PAGES.items() if name.startswith("docs/") and page.path not in linked]
    assert missing == ["docs/README.md"], "add a line to docs/README.md: it is the site's navigation too"


@pytest.mark.parametrize("name", PAGES)
def test_lists_are_lists_on_the_site_too(name: str) -> None:
    """A list has an empty line before it, and one within it is indented by four: not everything reads it otherwise."""
    prose = re.sub(r"^```.*?^```$", "", PAGES[name].text, flags=re.DOTALL | re.MULTILINE)
    item = re.compile(r"(?P<indent> *)(?:[-*]|\d+\.) ")
    before = ""
    for line in prose.splitlines():
        if found := item.match(line):
            in_list = not before or before.startswith(" ") or item.match(before)
            assert in_list, f"{name}: an empty line before\n{line}"
            assert len(found["indent"]) % 4 == 0, f"{name}: by four spaces\n{line}"
        before = line


def test_a_page_tells_its_links_and_headings() -> None:
    """Inline, by name, with a title, as a picture: found; in code or to the web: not."""
    page = Page(
        Path("page.md"),
        '# A `b` & (c)\n[x](x.md#y) [`code`](z.md "title") ![p](p.png) [w](https://w) `[no](no.md)`\n'
        '```sh\n# not a heading\n[no](no.md)\n```\n[named]: n.md\n<img width="3" src="i.svg">\n',
    )
    assert page.links == ["x.md#y", "z.md", "p.png", "n.md", "i.svg"]
    assert page.anchors == {"a-b--c"}
