import re
from html.parser import HTMLParser

from an_account import account
from workshop.teaching.report import report

_EMPTY = {"meta", "img", "br", "line", "rect", "circle", "path", "polyline"}


class _Balanced(HTMLParser):
    """Fails where an element is closed that is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            assert dict(attrs).get("alt"), "a picture without words"
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Nothing to close."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def _read(page: str) -> str:
    parser = _Balanced()
    parser.feed(page)
    assert parser.open == []
    return " ".join(parser.texts)


def test_the_page_tells_the_whole() -> None:
    """Meaning, warnings, drawings, the hardest parts as pictures, every picture with its hash."""
    page = report(account())
    text = _read(page)
    for said in (
        "top-taught 3",
        "Of a thousand good parts about 10",
        "up to 9.5 %",
        "Are these good?",
        "The area below the curve (AUROC)",
        "Good parts that look least like the others",
        "KO parts that look most like good ones",
        f"{7:064x}",
    ):
        assert said in text, said
    assert page.count("<svg") == 2
    assert page.count('src="data:image/jpeg;base64,') == 8 + 5 + 1


def test_without_ko_there_is_no_curve() -> None:
    """One drawing, and no word of suspects where there is none."""
    page = report(account(ko=0, suspects=0))
    assert page.count("<svg") == 1
    assert "Are these good?" not in _read(page)


def test_nothing_is_fetched() -> None:
    """It opens on a box without a network: no address but its own data."""
    page = report(account())
    assert not re.findall(r"https?://|<script|<link|@import|url\((?!#)", page)


def test_a_name_cannot_break_the_page() -> None:
    """It comes from a file, or from a PLC."""
    page = report(account(name='"><script>alert(1)</script>'))
    assert "<script>" not in page
    _read(page)
