"""The pages that people read: what they link to exists, and who starts at the index finds each of them."""

import re
from pathlib import Path

import pytest

from tools.pages import Page, pages

ROOT = Path(__file__).parents[2]
PAGES = {str(page.path.relative_to(ROOT)): page for page in pages(ROOT)}

COMMAND = re.compile(
    r"^(?:\$|\.|sudo|cd|okko|make|python3?|pip3?|uv|docker|git|curl|apt(?:-get)?|npm|npx|node|jq|openssl"
    r"|systemctl|journalctl|mosquitto_(?:pub|sub|passwd)) ",
    re.MULTILINE,
)
"""How a line begins that somebody is to type."""

HOW_TO_MARK = """{page}: nobody runs this block. On the line before its ```sh write one of
    <!-- run -->                     and, where it shows what comes, <!-- output --> before the block after it
    <!-- run: background -->         a program that goes on; <!-- run: until it shows --> for what takes its time
    <!-- not run: the reason -->     short and true: what it needs that no test has
tests/support/terminal.py knows all forms of `run`.
{text}"""


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


@pytest.mark.parametrize("name", PAGES)
def test_a_command_is_run_or_says_why_not(name: str) -> None:
    """Each shell block is one that tests/pipeline/test_docs.py types, or one with a reason not to."""
    for block in PAGES[name].blocks:
        if block.kind == "sh":
            what, _, reason = block.mark.partition(": ")
            assert what == "run" or (what == "not run" and 10 <= len(reason) <= 100), HOW_TO_MARK.format(
                page=name, text=block.text
            )


@pytest.mark.parametrize("name", PAGES)
def test_no_command_hides_from_the_tests(name: str) -> None:
    """A fence stands at the margin with one word behind it, and a block with commands is one of `sh`."""
    page = PAGES[name]
    assert len(re.findall(r"^ *(?:```|~~~)", page.text, re.MULTILINE)) == 2 * len(page.blocks), f"{name}: a fence"
    for block in page.blocks:
        assert block.kind not in {"bash", "console", "shell", "zsh"}, f"{name}: write ```sh\n{block.text}"
        if block.kind in {"", "text"} and not block.mark.startswith("output"):
            assert not COMMAND.search(block.text), f"{name}: a command: write ```sh\n{block.text}"


def test_a_command_is_told_from_what_is_shown() -> None:
    """By its first word, at the margin."""
    assert COMMAND.search("ready\nokko up line\n")
    assert COMMAND.search("$ ls\n")
    assert not COMMAND.search("okko: no entry\n  okko up line\nmaker of ducks\n")


def test_what_mqtt_costs_is_what_was_measured() -> None:
    """The figures of the costs are those of the page of measurements: who measures anew changes both."""
    costs = PAGES["docs/explanation/why-mqtt.md"].text.split("## What it costs")[1].split("\n## ")[0]
    number = re.compile(r"\d+(?:\.\d+)?")
    measured = set(number.findall(PAGES["docs/explanation/performance.md"].text))
    assert set(number.findall(costs)) <= measured
