"""The live page, as people at the line see it: real agents, a real browser."""

import json
import os
import re
import signal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from axe import barriers
from browser import Browser
from odd_names import MARKUP, odd_names
from page_line import PageLine
from waiting import eventually

TOUCH_PX = 44
ENOUGH = 40
"""Ducks that are looked at until one of either kind has come."""


@pytest.fixture(scope="module")
def station_text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model with accents and HTML in a label."""
    return odd_names(tmp_path_factory.mktemp("models"))


def send(station: PageLine, word: str, part_id: str) -> dict[str, Any]:
    """Parts until one is OK, or KO; gives its verdict."""
    for _ in range(ENOUGH):
        ear = station.listen("verdict", count=1, seconds=60)
        station.publish("trigger", json.dumps({"part_id": part_id}).encode())
        verdict: dict[str, Any] = json.loads(ear.heard()[0])
        if verdict["verdict"] == word:
            return verdict
    pytest.fail(f"{ENOUGH} ducks and none was {word}")


def verdict_of(page: Page) -> tuple[str, str]:
    """The large verdict: its word, and what its sign is drawn as."""
    large = page.locator(".verdict")
    return large.locator(".big").inner_text(), large.locator("svg").inner_html()


def test_a_verdict_appears_after_its_trigger(browser: Browser, station: PageLine) -> None:
    """Word, shape, colour and part of an OK one and a KO one; the KO one says what was found; the frame is drawn."""
    page = browser.open()
    seen = {}
    for word in ("OK", "KO"):
        verdict = send(station, word, f"duck-{word}")
        large = page.locator(f".verdict.{word}")
        expect(large).to_contain_text(f"duck-{word}")
        expect(large).to_contain_text(verdict["finding"] if word == "KO" else "as it should be")
        expect(page.locator(f"figure.{word} figcaption")).to_contain_text(word)
        expect(page.get_by_alt_text(f"top: part duck-{word}")).to_be_visible()
        colour = large.evaluate("element => getComputedStyle(element).backgroundColor")
        seen[word] = (*verdict_of(page), colour)
    assert seen["OK"][0] == "OK"
    assert seen["KO"][0] == "KO"
    assert seen["OK"][1] != seen["KO"][1], "told apart by shape"
    assert seen["OK"][2] != seen["KO"][2], "and by colour"
    expect(page.locator(".strip a.KO")).not_to_have_count(0)
    expect(page.locator(".ready")).to_contain_text("Ready")


def test_html_in_names_is_text(browser: Browser, station: PageLine) -> None:
    """Of a part and of a finding, in each place where they are shown; no script in them runs, nothing is fetched."""
    part = f"né à Zürich {MARKUP}"
    assert len(part) <= 64
    page = browser.open()
    title = page.title()
    verdict = send(station, "KO", part)
    assert MARKUP in verdict["finding"]
    expect(page.locator(".verdict")).to_contain_text(part)
    expect(page.locator(".verdict")).to_contain_text(verdict["finding"])
    expect(page.locator("figcaption")).to_contain_text(MARKUP)
    expect(page.get_by_text("What made parts KO").locator("..")).to_contain_text(MARKUP)
    assert page.locator("img[src=x]").count() == 0
    assert page.title() == title


def test_the_page_speaks_french(browser: Browser, station: PageLine) -> None:
    """On a click, and from then on; verdicts stay OK and KO."""
    page = browser.open()
    page.get_by_role("link", name="français").click()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^fr"))
    expect(page.locator(".ready")).to_contain_text("Prêt")
    send(station, "OK", "canard")
    expect(page.locator(".verdict.OK")).to_contain_text("comme il faut")
    expect(browser.open().get_by_role("heading", level=1)).to_have_text("En direct")


def test_a_browser_in_french_gets_french(open_browser: Any) -> None:
    """Without a click: a browser says what its person reads."""
    expect(open_browser(locale="fr-FR").open().locator(".ready")).to_contain_text("Prêt")


def test_the_page_works_by_keyboard(browser: Browser) -> None:
    """The first Tab gives the way to the content; each link shows where one is; Alt and a digit choose a page."""
    page = browser.open()
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    focused = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert focused != "none"
    page.keyboard.press("Alt+1")
    page.wait_for_url(browser.url + "/")


def test_the_colours_stay_as_chosen(browser: Browser) -> None:
    """Dark on a click, and still after a reload; light again on another."""
    page = browser.open()
    page.get_by_role("link", name="Dark colours").click()
    expect(page.locator("body")).to_have_class(re.compile("body--dark"))
    page.reload()
    expect(page.locator("body")).to_have_class(re.compile("body--dark"))
    page.get_by_role("link", name="Light colours").click()
    expect(page.locator("body")).not_to_have_class(re.compile("body--dark"))


def test_a_dead_camera_is_told_with_what_to_do(browser: Browser, station: PageLine) -> None:
    """Not ready, why, and the remedy, as soon as the camera is gone; ready again when it is back."""
    page = browser.open()
    ready = page.locator(".ready")
    expect(ready).to_contain_text("Ready")
    camera = station.pid("camera-top")
    os.kill(camera, signal.SIGSTOP)  # a hung one is not started again
    try:
        expect(ready).to_contain_text("Not ready")
        expect(ready).to_contain_text("camera")
        expect(ready).to_contain_text("its cable, its power, its light")
    finally:
        os.kill(camera, signal.SIGKILL)  # `okko up` starts it again
    expect(ready).not_to_contain_text("Not ready")


def test_the_page_comes_back_after_its_agent_died(browser: Browser, station: PageLine) -> None:
    """It says that the connection is lost, and goes on by itself with the new agent's verdicts."""
    browser.forgive("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "WebSocket")
    page = browser.open()
    expect(page.locator(".ready")).to_contain_text("Ready")
    os.kill(station.pid("dashboard"), signal.SIGKILL)
    expect(page.locator(".lost")).to_be_visible()
    expect(page.locator(".ready")).to_contain_text("Not known")  # what was ready may be no more
    expect(page.locator(".lost")).not_to_be_visible()
    expect(page.locator(".ready")).to_contain_text("Ready")
    send(station, "OK", "duck-after")
    expect(page.locator(".verdict.OK")).to_contain_text("duck-after")


def test_a_page_opened_while_no_part_comes_shows_the_last_one(browser: Browser, station: PageLine) -> None:
    """Nobody looked when its frame came, and the agent is another one: the record has the frame."""
    browser.forgive("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "WebSocket")
    page = browser.open()
    item_id = send(station, "OK", "duck-last")["item_id"]
    eventually(lambda: browser.context.request.get(f"{browser.url}/api/items/{item_id}").ok)
    os.kill(station.pid("dashboard"), signal.SIGKILL)
    expect(page.locator(".lost")).to_be_visible()
    expect(page.locator(".lost")).not_to_be_visible()
    page.close()
    page = browser.open()
    expect(page.locator(".verdict.OK")).to_contain_text("duck-last")
    expect(page.get_by_alt_text("top: part duck-last")).to_be_visible()


def test_a_ko_part_moves_nothing(open_browser: Any, station: PageLine) -> None:
    """On a panel at a machine what stands below the cameras stays where it is, whatever came; no sign is cut off."""
    page = open_browser(viewport={"width": 800, "height": 480}).open()
    places = []
    for word in ("OK", "KO"):
        send(station, word, f"still-{word}")
        expect(page.locator(f"figure.{word} figcaption")).to_contain_text(word)
        expect(page.get_by_alt_text(f"top: part still-{word}")).to_be_visible()
        places.append(page.locator(".stripcard").bounding_box())
    assert places[0] == places[1]
    strip, first = page.locator(".strip").bounding_box(), page.locator(".strip a").first.bounding_box()
    assert strip is not None
    assert first is not None
    assert first["x"] >= strip["x"]
    assert min(first["width"], first["height"]) >= TOUCH_PX


def test_times_are_those_of_the_box(open_browser: Any) -> None:
    """A phone of another time zone shows when the shift of the line began, not when that was at its home."""
    here, there = (open_browser(timezone_id=zone).open() for zone in ("UTC", "Asia/Kathmandu"))
    told = re.compile(r"since \d\d:\d\d")
    expect(here.locator(".said")).to_contain_text(told)
    expect(there.locator(".said")).to_contain_text(told)
    times = [told.search(page.locator(".said").inner_text()) for page in (here, there)]
    assert times[0] is not None
    assert times[1] is not None
    assert times[0].group() == times[1].group()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_axe_finds_nothing_serious(open_browser: Any, station: PageLine, theme: str, size: tuple[int, int]) -> None:
    """With a KO verdict on it, in both colours, on a panel and on a phone."""
    width, height = size
    page = open_browser(viewport={"width": width, "height": height}).open(f"/choose?theme={theme}")
    send(station, "KO", "duck-bad")
    expect(page.locator(".verdict.KO")).to_contain_text("duck-bad")
    assert barriers(page) == []
