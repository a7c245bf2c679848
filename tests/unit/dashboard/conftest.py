"""What the tests of the dashboard's people share: a store in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.access.book import Book


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """A new store below `tmp_path`, the data folder."""
    opened = Book.open(tmp_path)
    yield opened
    opened.close()
