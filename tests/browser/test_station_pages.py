"""The station's pages, as a technician uses them: real agents, a real station file, a real browser."""

import json
import re
import shutil
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from axe import barriers
from browser import Browser
from line import wait_until_ready
from one_duck_camera import BUNDLE
from page_line import PageLine
from session_cookie import log_in
from waiting import eventually

OpenBrowser = Callable[..., Browser]
LOCAL_TIME = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")


@pytest.fixture
def tina(browser: Browser, station: PageLine) -> Browser:
    """A technician's browser."""
    log_in(browser, station.folder / "data", "tina")
    return browser


def text_of(station: PageLine) -> str:
    """The station file."""
    return (station.folder / "station.toml").read_text(encoding="utf-8")


def write(page: Page, old: str, new: str) -> None:
    """Replace a piece of the text in the editor, with the keyboard."""
    page.locator(".cm-line", has_text=old).first.click()
    page.keyboard.press("End")
    page.keyboard.press("Shift+Home")
    page.keyboard.insert_text(new)


def test_a_wrong_configuration_is_refused_beside_its_line_and_a_right_one_taken(
    tina: Browser, station: PageLine
) -> None:
    """Told what, where and how to mend it; then what would change, and after it the way back."""
    before = text_of(station)
    page = tina.open("/station/configuration")
    in_force = page.locator(".setup-state").inner_text()
    write(page, 'label = "OK"', 'label = "OK"\nmin_scor = 0.4')
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".setup-problems")).to_contain_text("Did you mean `min_score`?")
    expect(page.locator(".cm-line.setup-wrong-line")).to_have_text(re.compile("min_scor = 0.4.*unknown key"))
    expect(page.locator(".cm-content")).to_have_class(re.compile("cm-lineWrapping"))
    expect(page.get_by_role("button", name="Activate")).to_be_disabled()
    write(page, "min_scor", "min_score = 0.4")
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".setup-diff .more")).to_have_text(["+min_score = 0.4"])
    page.get_by_label("Why").fill("a slower <b>line</b>")
    page.get_by_role("button", name="Activate").click()
    expect(page.locator(".setup-said")).to_contain_text("Version 2 is in force")
    expect(page.locator(".setup-state")).not_to_have_text(in_force)
    assert "min_score = 0.4" in text_of(station)
    wait_until_ready(station)
    page = tina.open("/station/configuration")
    expect(page.locator(".setup-versions")).to_contain_text("a slower <b>line</b>")
    expect(page.locator(".setup-versions time").first).to_have_text(LOCAL_TIME)
    assert barriers(page) == []
    page.get_by_role("button", name="Look").first.click()
    expect(page.locator(".setup-dialog .setup-diff .less")).to_contain_text(["-min_score = 0.4"])
    page.get_by_role("button", name="Put version 1 in force").click()
    eventually(lambda: text_of(station) == before)
    wait_until_ready(station)


def test_the_editor_is_as_dark_as_the_browser(open_browser: OpenBrowser, station: PageLine) -> None:
    """Where nobody has chosen a theme, and the system's is dark."""
    dark = open_browser(color_scheme="dark")
    log_in(dark, station.folder / "data", "tina")
    page = dark.open("/station/configuration")
    expect(page.locator(".cm-editor")).to_have_css("background-color", "rgb(13, 17, 23)")


def test_a_camera_shows_what_it_sees_and_gets_the_region_that_is_dragged(tina: Browser, station: PageLine) -> None:
    """First in the edited file; once it is activated the page's own agent begins anew too, and the page is back."""
    tina.forgive("_nicegui_ws", "Failed to fetch")
    page = tina.open("/station/cameras")
    picture = page.get_by_alt_text("Live picture of camera top")
    expect(picture).to_be_visible()
    eventually(lambda: picture.evaluate("image => image.naturalWidth") == 640)
    first = picture.get_attribute("src")
    expect(page.locator("okko-setup-camera dd").first).to_have_text(re.compile(r"\d+"))
    assert first is not None
    assert barriers(page) == []
    box = picture.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.9)
    page.mouse.up()
    page.get_by_role("button", name="Take this region over").click()
    line = page.locator(".cm-line", has_text="roi = ")
    expect(line).to_be_visible()
    roi = json.loads(line.inner_text().partition("=")[2])
    assert roi == pytest.approx([0.25, 0.5, 0.75, 0.9], abs=0.01)
    instance = station.state("dashboard")["instance_id"]
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Activate").click()
    eventually(lambda: station.state("dashboard")["instance_id"] != instance)
    assert f"roi = {roi}" in text_of(station)
    station.wait_for_page()
    wait_until_ready(station)
    expect(page.locator(".setup-versions li")).to_contain_text(["activated"], timeout=60_000)


def test_a_model_is_put_in_charge_and_taken_back(tina: Browser, station: PageLine) -> None:
    """From those that lie where bundles lie."""
    other = station.folder / "bundles" / "second"
    shutil.copytree(BUNDLE, other, dirs_exist_ok=True)
    manifest = other / "model.toml"
    manifest.write_text(manifest.read_text().replace('version = "1.0.0"', 'version = "2.0.0"'))
    page = tina.open("/station/models")
    page.get_by_label("Another bundle").click()
    page.get_by_role("option", name="duck-quality 2.0.0").first.click()
    page.get_by_role("button", name="Put in charge").click()
    expect(page.locator(".setup-model")).to_contain_text("duck-quality 2.0.0")
    expect(page.locator(".q-menu")).to_have_count(0)
    assert barriers(page) == []
    page.get_by_role("button", name="Back to the model before").click()
    expect(page.locator(".setup-model strong")).to_have_text(["duck-quality 1.0.0"])


def test_an_agent_begins_anew_and_the_station_says_how_it_is(tina: Browser, station: PageLine) -> None:
    """Its health stands there; the button asks first; a part is triggered by hand."""
    instance = station.state("recorder")["instance_id"]
    page = tina.open("/station")
    expect(page.locator("okko-station tbody tr")).to_have_count(5)
    assert barriers(page) == []
    page.get_by_role("button", name="Restart: recorder").click()
    dialog = page.get_by_role("dialog", name="Restart: recorder")
    expect(dialog).to_contain_text("starts again at once")
    dialog.get_by_role("button", name="Restart", exact=True).click()
    eventually(lambda: station.state("recorder")["instance_id"] != instance)
    ear = station.listen("verdict", count=1, seconds=30)
    page.get_by_label("Part").fill("by-hand-1")
    page.get_by_role("button", name="Send trigger").click()
    assert json.loads(ear.heard()[0])["part_id"] == "by-hand-1"
    events = tina.open("/station/events")
    expect(events.locator(".setup-events time").first).to_have_text(LOCAL_TIME)
    assert barriers(events) == []


def test_the_doctor_examines_the_station(tina: Browser) -> None:
    """The gravest first, each with what to do."""
    page = tina.open("/station/doctor")
    expect(page.locator(".setup-finding").first).to_be_visible(timeout=60_000)
    assert barriers(page) == []


@pytest.mark.parametrize("name", ["config_show", "config_activate", "config_rollback", "restart", "model_change"])
def test_an_operator_changes_nothing(browser: Browser, station: PageLine, name: str) -> None:
    """Refused by the server, whatever the page shows."""
    csrf = log_in(browser, station.folder / "data", "oscar")
    status, said = browser.act(name, {}, csrf=csrf)
    assert status == 403
    assert "technician" in said["error"]
    browser.forgive("403: GET")
    page = browser.open("/station/configuration")
    expect(page.get_by_text("This needs the role technician")).to_be_visible()
