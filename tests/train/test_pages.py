import shutil
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed here: `make train-test` runs what needs it")

from taught import Taught
from terminal import Terminal
from tools.pages import Page, pages

pytestmark = pytest.mark.timeout(600)
ROOT = Path(__file__).parents[2]
MARK = "not run: it needs PyTorch; `make train-test` types it"
PAGES = [page for page in pages(ROOT) if any(block.mark == MARK for block in page.blocks)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.name)
def test_the_commands_of_a_page_about_training_do_what_it_shows(page: Page, taught: Taught, tmp_path: Path) -> None:
    """In a folder with weights and photographs, as the reader has them."""
    shutil.copyfile(taught.weights, tmp_path / "ducks.pt")
    (tmp_path / "photos").symlink_to(taught.images)
    shell = Terminal(ROOT, tmp_path)
    try:
        shell.type(replace(page, text=page.text.replace(MARK, "run")))
    finally:
        shell.close()


def test_the_page_on_conversion_is_among_them() -> None:
    """A mark that is misspelt would leave its commands untested."""
    assert [page.path.name for page in PAGES] == ["convert-and-quantise.md"]
