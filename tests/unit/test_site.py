"""What goes into the site, and in which order; that it is built is shown by tests/pipeline/test_site.py."""

from pathlib import Path

import pytest

from tools.pages import pages
from tools.site.contents import BadLinkError, as_toml, contents, navigation

ROOT = Path(__file__).parents[2]


def repository(folder: Path, readme: str) -> Path:
    """A small one: a README and an index with two pages."""
    files = {
        "README.md": readme,
        "CHANGELOG.md": "# Changelog\n",
        "docs/README.md": "# Docs\n[up](../README.md)\n\n## How to\n\n- [b](how-to/b.md) and [a](how-to/a.md)\n\n"
        "## Reference\n\n[c](how-to/a.md#a), [data](data.json)\n",
        "docs/how-to/a.md": "# A\n",
        "docs/how-to/b.md": "# B\n![p](../p.png)\n",
        "docs/data.json": "{}",
        "docs/p.png": "",
        "docs/how-to/alone.md": "# Nobody links here\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_the_site_holds_what_is_linked_to(tmp_path: Path) -> None:
    """From the README on: pages, pictures and files, at the place that they have in the repository."""
    root = repository(tmp_path, "[docs](docs/README.md) [changes](CHANGELOG.md#changelog)")
    assert [path.as_posix() for path in contents(root)] == [
        "CHANGELOG.md",
        "README.md",
        "docs/README.md",
        "docs/data.json",
        "docs/how-to/a.md",
        "docs/how-to/b.md",
        "docs/p.png",
    ]


@pytest.mark.parametrize(
    ("link", "said"),
    [("nothing.md", "no file"), ("docs", "link to a page"), ("../elsewhere.md", "out of the repository")],
)
def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path, link: str, said: str) -> None:
    """The page and the link are named."""
    with pytest.raises(BadLinkError, match=f"README.md: {link}.*{said}"):
        contents(repository(tmp_path, f"[x]({link})"))


def test_the_navigation_is_the_index(tmp_path: Path) -> None:
    """Its headings, its pages, its order; each page once under a heading, files for programs not at all."""
    sections = navigation(repository(tmp_path, ""))
    assert sections == {
        "Start": ["README.md", "docs/README.md", "CHANGELOG.md"],
        "How to": ["docs/how-to/b.md", "docs/how-to/a.md"],
        "Reference": ["docs/how-to/a.md"],
    }
    assert as_toml({"How to": ["b.md", "a.md"], "X": []}) == 'nav = [{ "How to" = ["b.md", "a.md"] }, { "X" = [] }]'


def test_every_page_has_a_place_in_the_navigation() -> None:
    """By kind: tutorial, how-to, reference, explanation."""
    sections = navigation(ROOT)
    assert list(sections) == ["Start", "Tutorial", "How to", "Reference", "Explanation"]
    shown = {path for paths in sections.values() for path in paths}
    assert {str(page.path.relative_to(ROOT)) for page in pages(ROOT)} == shown
    assert {Path(path) for path in shown} <= set(contents(ROOT))
