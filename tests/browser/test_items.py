"""The items page and an item's page, as people look for a part: real agents, a real record, a real browser."""

import json
import sqlite3
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from axe import barriers
from browser import Browser
from page_line import PageLine
from session_cookie import log_in
from waiting import eventually

OpenBrowser = Callable[..., Browser]

PARTS = 12
pytestmark = pytest.mark.usefixtures("parts")


@pytest.fixture(scope="module")
def parts(station: PageLine) -> PageLine:
    """A station that has recorded some ducks, of four moulds; the first one's image is gone."""
    ear = station.listen("verdict", count=PARTS, seconds=60)
    for number in range(PARTS):
        trigger = {"part_id": f"duck-{number}", "seq": number + 1, "mould": number % 4, "operator": "Zoé <b>"}
        station.publish("trigger", json.dumps(trigger).encode())
        time.sleep(0.1)
    assert len(ear.heard()) == PARTS
    store = station.folder / "data" / "store.sqlite"

    def recorded() -> bool:
        with sqlite3.connect(store) as connection:
            (count,) = connection.execute("SELECT count(*) FROM items JOIN frames USING (item_id)").fetchone()
            return bool(count == PARTS)

    eventually(recorded)
    with sqlite3.connect(store, timeout=30) as connection:
        connection.execute(
            "UPDATE frames SET gone_ms = 1000, gone_why = 'max_bytes' "
            "WHERE item_id = (SELECT item_id FROM items WHERE part_id = 'duck-0')"
        )
    return station


def test_an_item_is_found_by_a_filter_and_looked_at_by_keyboard(browser: Browser) -> None:
    """By what its trigger carried; the address can be shared, the back button goes back, keys go from item to item."""
    page = browser.open("/items")
    expect(page.locator("[data-item]")).to_have_count(PARTS)
    page.get_by_label("Part or trigger data").fill("mould=3")
    page.keyboard.press("Enter")
    expect(page.locator("[data-item] .okko-part")).to_have_text(["duck-11", "duck-7", "duck-3"])
    expect(page.get_by_role("status")).to_have_text("3 items")
    assert "text=mould%3D3" in page.url
    thumb = page.locator("[data-item] img").first
    eventually(lambda: thumb.evaluate("image => image.naturalWidth") == 320)
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("duck-7")
    expect(page.get_by_alt_text("top")).to_be_visible()
    expect(page.get_by_text("Zoé <b>", exact=True)).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", level=1)).to_contain_text("duck-3")
    for part_id in ("duck-7", "duck-11"):
        page.keyboard.press("ArrowLeft")
        expect(page.get_by_role("heading", level=1)).to_contain_text(part_id)
    shared = browser.open(page.url.removeprefix(browser.url))
    expect(shared.get_by_role("heading", level=1)).to_contain_text("duck-11")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("duck-7")


def test_an_item_is_labelled_by_keyboard(open_browser: OpenBrowser, parts: PageLine) -> None:
    """One key each; undone by one; with a class of one's own; and who said it stands there."""
    browser = open_browser()
    log_in(browser, parts.folder / "data", "tina")
    page = browser.open("/items?text=duck-5")
    page.locator("[data-item]").click()
    now = page.get_by_role("status").filter(has_text="Label:")
    expect(now).to_have_text("Label: none")
    page.keyboard.press("k")
    expect(now).to_have_text("Label: KO")
    page.get_by_label("Another class").fill("dent & scratch")
    page.keyboard.press("Enter")
    expect(now).to_have_text("Label: dent & scratch")
    page.keyboard.press("o")
    expect(now).to_have_text("Label: OK")
    page.keyboard.press("1")
    expect(now).to_have_text("Label: dent & scratch")
    page.keyboard.press("u")
    expect(now).to_have_text("Label: OK")
    expect(page.locator("section").filter(has_text="Labels")).to_contain_text("tina")
    page.goto(f"{browser.url}/items?label=OK")
    expect(page.locator("[data-item]")).to_have_count(1)


def test_who_may_only_look_is_offered_no_labels_and_refused(browser: Browser) -> None:
    """By the server, not by the page alone."""
    page = browser.open("/items?text=duck-6")
    page.locator("[data-item]").click()
    expect(page.get_by_text("Nobody has labelled it.")).to_be_visible()
    expect(page.get_by_label("Another class")).to_have_count(0)
    status, said = browser.act("label", {"item_id": page.url.rpartition("/")[2].partition("?")[0], "label": "KO"})
    assert (status, said["error"][:30]) == (403, "This needs the role technician")


def test_an_image_that_was_removed_is_told_with_its_reason(browser: Browser) -> None:
    """Why and when, and that it is of this camera."""
    page = browser.open("/items?part=duck-0")
    expect(page.locator("[data-item]")).to_contain_text("image removed")
    page.locator("[data-item]").click()
    expect(page.get_by_text("top: the image was removed on 1970-01-01")).to_be_visible()
    expect(page.get_by_text("To make room for newer ones: max_bytes")).to_be_visible()


def test_an_item_can_be_taken_along(browser: Browser) -> None:
    """As JSON, and with its images as a ZIP."""
    page = browser.open("/items?part=duck-6")
    page.locator("[data-item]").click()
    for link, kind in (("Save as JSON", ".json"), ("Save all as ZIP", ".zip"), ("Save", ".jpg")):
        with page.expect_download() as download:
            page.get_by_role("link", name=link, exact=True).click()
        assert download.value.suggested_filename.endswith(kind)


def test_nothing_found_and_rubbish_in_the_address_are_said(browser: Browser) -> None:
    """In words, with the field that is wrong."""
    page = browser.open("/items?verdict=MAYBE&text=nothing+such")
    expect(page.get_by_text("Verdict: MAYBE cannot be read")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    assert browser.open("/items/nobody").get_by_role("heading", name="There is no such item").is_visible()


def test_a_record_that_cannot_be_read_is_said(browser: Browser, parts: PageLine) -> None:
    """Where it lies, and what the system says; the page comes back by itself once it can."""
    store = parts.folder / "data" / "store.sqlite"
    with sqlite3.connect(store, timeout=30) as connection:
        connection.execute("PRAGMA user_version = 99")
    try:
        page = browser.open("/items")
        expect(page.get_by_role("heading", name="The record cannot be read now")).to_be_visible()
        expect(page.get_by_text("written by a newer okko")).to_be_visible()
    finally:
        with sqlite3.connect(store, timeout=30) as connection:
            connection.execute("PRAGMA user_version = 7")
    page.reload()
    expect(page.locator("[data-item]").first).to_be_visible()


@pytest.mark.parametrize("path", ["/items?min=0.1", "/items?part=duck-6"])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_no_barriers(open_browser: OpenBrowser, parts: PageLine, path: str, colours: str) -> None:
    """Neither on the list nor on an item's page, for who may label."""
    browser = open_browser(color_scheme=colours)
    log_in(browser, parts.folder / "data", "tina")
    page = browser.open(path)
    expect(page.locator("[data-item]").first).to_be_visible()
    assert barriers(page) == []
    page.locator("[data-item]").first.click()
    expect(page.get_by_alt_text("top")).to_be_visible()
    assert barriers(page) == []
