"""Reports on the page, as people ask for them: made, looked at, printed, taken away."""

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from axe import barriers
from browser import Browser
from dashboard.events.reader import newest_events
from dashboard.report.shifts import last_shift
from dashboard.report.zone import local_zone
from dashboard.settings import DashboardSettings
from page_line import PageLine
from shifted import BEGIN, item, record
from waiting import eventually

NAME = r"shift-\d{4}-\d{2}-\d{2}-\d-so-far\.html"


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory, station_text: str) -> Iterator[PageLine]:
    """A station whose operators need no login, with a few ducks recorded."""
    line = PageLine(tmp_path_factory.mktemp("station"), station_text, dashboard='without_login = "operate"\n')
    ended = last_shift(datetime.now(UTC), DashboardSettings().shifts, local_zone())
    minute = (ended.end - BEGIN).total_seconds() / 60 - 1
    (line.folder / "data").mkdir()
    record(line.folder, [item(number, minute) for number in range(1, 4)])
    line.start()
    ear = line.listen("receipt/decision", seconds=60, count=1)
    for number in range(5):
        line.publish("trigger", json.dumps({"part_id": f"duck-{number} <b>né</b>"}).encode())
    assert ear.heard()
    yield line
    assert line.stop() == 0, line.log()
    assert "Traceback" not in line.log(), line.log()


def test_the_shift_that_ended_while_nothing_ran_has_its_report(browser: Browser, station: PageLine) -> None:
    """It is written by itself, once the agent is there; people are told, and find it on the page."""
    data = station.folder / "data"
    eventually(lambda: any(event.code == "report_written" for event in newest_events(data, 50)), station.log())
    page = browser.open("/report")
    page.locator(".okko-report", has_not_text="not to its end").click()
    expect(page.frame_locator("#report").locator(".tile").first).to_have_text("items3")


@pytest.fixture(scope="module")
def written(station: PageLine) -> str:
    """The name of a report of the shift under way."""
    command = station.okko("report", str(station.folder), "--shift", "current")
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=station.environment)
    return Path(done.stdout.strip()).name


@pytest.fixture
def shown(browser: Browser, written: str) -> Page:
    """The page that shows it."""
    page = browser.open(f"/report?name={written}")
    expect(page.frame_locator("#report").locator("h1")).to_contain_text("Shift report, shift")
    return page


def test_a_report_is_made_and_shown(browser: Browser, station: PageLine) -> None:
    """Within the page, with what was recorded; it is on the disk, where `okko report` puts it."""
    page = browser.open("/report")
    page.get_by_label("Shift or time").click()
    expect(page.get_by_role("option").first).to_have_text(re.compile("The shift under way"))
    page.get_by_role("option", name=re.compile("The shift under way")).click()
    page.get_by_role("button", name="Make it").click()
    page.wait_for_url(re.compile(rf"/report\?name={NAME}"))
    shown = page.frame_locator("#report")
    expect(shown.get_by_text("under way: figures up to")).to_be_visible()
    expect(shown.locator(".tile").first).to_contain_text(re.compile("items[1-9]"))
    expect(page.locator(".okko-report[aria-current]")).to_contain_text("not to its end")
    assert [file.name for file in (station.folder / "data" / "reports").iterdir() if re.fullmatch(NAME, file.name)]


def test_what_is_printed_is_the_report_alone(shown: Page) -> None:
    """By the browser's own dialogue, asked of the frame that shows it."""
    shown.evaluate("document.getElementById('report').contentWindow.print = () => { window.printed = true; }")
    shown.get_by_role("button", name="Print").click()
    shown.wait_for_function("window.printed === true")


def test_a_report_is_taken_away(shown: Page, tmp_path: Path) -> None:
    """As one file, which opens without the box."""
    with shown.expect_download() as download:
        shown.locator(".okko-view").get_by_role("link", name="Download").click()
    file = tmp_path / "report.html"
    download.value.save_as(file)
    text = file.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "http:" not in text


def test_an_own_span_and_one_that_is_none(browser: Browser) -> None:
    """In the machine's local time; what is wrong is told beside the form."""
    browser.forgive("422")
    page = browser.open("/report")
    page.get_by_label("Shift or time").click()
    page.get_by_role("option", name="Another time").click()
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("alert")).to_contain_text("Give a beginning and an end")
    page.get_by_label("From", exact=True).fill("2026-01-02T06:00")
    page.get_by_label("To", exact=True).fill("2026-01-02T14:00")
    page.get_by_role("button", name="Make it").click()
    page.wait_for_url(re.compile(r"/report\?name=span-"))
    expect(page.frame_locator("#report").get_by_text("No item was decided in this time.")).to_be_visible()


def test_a_report_runs_nothing_and_fetches_nothing(browser: Browser, shown: Page) -> None:
    """Whatever may have got into one: the server forbids it, and serves no other file as one."""
    address = shown.locator("#report").get_attribute("src")
    answer = browser.context.request.get(f"{browser.url}{address}")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for name in ("station.toml", "..%2f..%2fstation.toml", "shift-2000-01-01-1.html"):
        assert browser.context.request.get(f"{browser.url}/api/report/{name}").status == 404


def test_reports_keep_nobody_out(browser: Browser, shown: Page) -> None:
    """Neither the page, nor the report by itself, light and dark."""
    address = shown.locator("#report").get_attribute("src")
    assert barriers(shown) == []
    for scheme in ("light", "dark"):
        alone = browser.open(f"{address}")
        alone.emulate_media(color_scheme=scheme)
        assert barriers(alone) == []
