"""What holds of each page of the navigation, whoever wrote it: new ones are tried without a word here."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from axe import barriers
from browser import Browser
from page_line import PageLine
from session_cookie import log_in

SEEN_AS = (("light", (1280, 800)), ("dark", (390, 844)))


def paths() -> list[str]:
    """Of the pages in the navigation."""
    import dashboard.all_pages  # noqa: F401 - makes them known; too slow to be imported while tests are collected
    from dashboard.shell.page import NAVIGATION

    return [place.path for place in NAVIGATION]


@pytest.mark.timeout(300)
def test_each_page_opens_and_keeps_nobody_out(open_browser: Callable[..., Browser], station: PageLine) -> None:
    """For a technician: one heading, nothing that axe-core calls serious, nothing cut off at the right."""
    found = []
    for theme, (width, height) in SEEN_AS:
        browser = open_browser(viewport={"width": width, "height": height})
        log_in(browser, station.folder / "data", "tina")
        page = browser.open(f"/choose?theme={theme}")
        for path in paths():
            page.goto(browser.url + path)
            expect(page.locator("h1")).to_have_count(1)
            where = f"{path} {theme} {width}x{height}"
            found += [f"{where}: {barrier}" for barrier in barriers(page)]
            beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            found += [f"{where}: {beyond} px beyond the right edge"] if beyond else []
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["en-GB", "fr-FR"])
def test_the_navigation_is_one_row_on_a_panel(
    open_browser: Callable[..., Browser], station: PageLine, language: str
) -> None:
    """Of 1280 pixels, with all pages that a technician sees."""
    browser = open_browser(locale=language)
    log_in(browser, station.folder / "data", "tina")
    page = browser.open("/account")
    tops = page.locator(".okko-entry").evaluate_all("all => [...new Set(all.map(one => one.offsetTop))]")
    assert len(tops) == 1
