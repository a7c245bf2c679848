"""The list for people is aligned and can't move their cursor."""

from collections.abc import Callable

from okko import contracts as c
from recorder.reader import StoredItem
from recorder.table import Table


def _stored(item: c.Item) -> StoredItem:
    return StoredItem(c.encode(item).decode(), ())


def test_columns_stand_below_their_headings(make_item: Callable[..., c.Item]) -> None:
    """Verdict, part and finding begin where their headings do."""
    table = Table()
    head = table.head()
    line = table.line(_stored(make_item(verdict="KO", finding="top: dent 0.91")))
    for heading, cell in (("verdict", "KO"), ("part", "duck-1"), ("finding", "top: dent 0.91")):
        assert line.index(cell) == head.index(heading)


def test_a_column_grows_when_it_must(make_item: Callable[..., c.Item]) -> None:
    """A long name is shown whole, and the lines after it stand below it."""
    table = Table()
    long = table.line(_stored(make_item(part_id="p" * 40, finding="here")))
    assert "p" * 40 in long
    assert table.line(_stored(make_item(finding="here"))).index("here") == long.index("here")


def test_what_is_missing_is_a_dash(make_item: Callable[..., c.Item]) -> None:
    """A part without name and number still has its line."""
    assert table_cells(Table().line(_stored(make_item(part_id="", seq=None)))).count("-") == 2


def test_control_characters_are_not_printed(make_item: Callable[..., c.Item]) -> None:
    """A part's name comes from outside and must not write on the terminal."""
    line = Table().line(_stored(make_item(part_id="\x1b[2Jduck\n", finding="a\rb")))
    assert line.isprintable()


def table_cells(line: str) -> list[str]:
    """The cells of a line."""
    return line.split()
