import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tools.site.contents import contents

ROOT = Path(__file__).parents[2]


def build(root: Path, output: Path) -> "subprocess.CompletedProcess[str]":
    """What `make site` does, for any repository."""
    command = [sys.executable, "-m", "tools.site", "--root", str(root), "--output", str(output)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


class Loaded(HTMLParser):
    """Gathers what a browser loads by itself to show a page; where links lead is the reader's to decide."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.page = page
        self.found: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A picture, a script, a style sheet, a frame."""
        wanted = {"link": "href", "img": "src", "script": "src", "iframe": "src", "source": "src"}
        self.found += [value for name, value in attrs if value and name == wanted.get(tag)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of this repository, built once for the module."""
    output = tmp_path_factory.mktemp("site") / "site"
    done = build(ROOT, output)
    assert done.returncode == 0, done.stderr
    return output


def test_every_page_is_on_the_site(site: Path) -> None:
    """At its place, with its title."""
    for path in contents(ROOT):
        made = site / (path if path.suffix != ".md" else _html(path))
        assert made.is_file(), path
        if path.suffix == ".md":
            assert "<h1" in made.read_text(encoding="utf-8"), path


def test_the_site_needs_no_network(site: Path) -> None:
    """Whatever a page or a style sheet loads is a file of the site: no font, script or picture from elsewhere."""
    for page in site.rglob("*.html"):
        for reference in (loaded := Loaded(page)).found:
            if not reference.startswith("data:") and page.name != "404.html":  # that one a server shows, from its root
                assert (page.parent / reference.partition("?")[0]).is_file(), f"{page}: {reference}"
        assert loaded.found
        assert not [reference for reference in loaded.found if "//" in reference]
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import )[\"']?(https?:)?//", sheet.read_text(encoding="utf-8")), sheet


def test_the_search_works_from_a_disk(site: Path) -> None:
    """The index is there as a script, and so is what stands in for the Worker that a browser does not start there."""
    assert "The capture window" in (site / "search.js").read_text(encoding="utf-8")
    assert 'src="../iframe-worker.js"' in (site / "docs" / "index.html").read_text(encoding="utf-8")


def test_a_heading_that_is_not_there_fails_the_build(tmp_path: Path) -> None:
    """Nothing is built, and the place is named."""
    (tmp_path / "docs").mkdir()
    for name in ("CHANGELOG.md", "docs/README.md"):
        (tmp_path / name).write_text("# A page\n")
    (tmp_path / "README.md").write_text("# okko\n\n[docs](docs/README.md#nowhere) [x](CHANGELOG.md#a-page)\n")
    done = build(tmp_path, tmp_path / "site")
    assert done.returncode == 1
    assert "README.md:3" in done.stderr
    assert "Traceback" not in done.stderr
    assert "1 issue found" in done.stderr
    assert not (tmp_path / "site").exists()


def _html(path: Path) -> Path:
    return path.with_name("index.html") if path.name == "README.md" else path.with_suffix(".html")
