"""The label page: item after item, one key each, undone by one, and the record says who said it."""

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from axe import barriers
from browser import Browser
from one_duck_camera import ONE_DUCK_CAMERA
from page_line import PageLine
from session_cookie import log_in
from waiting import eventually

OpenBrowser = Callable[..., Browser]

PARTS = 6


@pytest.fixture(scope="module")
def station_text() -> str:
    """Every item is borderline: the margin is as wide as the scores."""
    return ONE_DUCK_CAMERA.replace('label = "OK"', 'label = "OK"\nreview_margin = 1.0')


@pytest.fixture(scope="module")
def parts(station: PageLine) -> PageLine:
    """A station that has recorded some ducks."""
    ear = station.listen("verdict", count=PARTS, seconds=60)
    for number in range(PARTS):
        station.publish("trigger", json.dumps({"part_id": f"duck-{number}", "seq": number + 1}).encode())
        time.sleep(0.1)
    assert len(ear.heard()) == PARTS
    eventually(lambda: _items(station, "--borderline").count("\n") == PARTS)
    return station


def _items(station: PageLine, *options: str) -> str:
    command = station.okko("items", str(station.folder), "--json", *options)
    return subprocess.run(command, check=True, capture_output=True, text=True, env=station.environment).stdout


def test_items_are_labelled_by_one_key_each(open_browser: OpenBrowser, parts: PageLine) -> None:
    """OK, KO, a class of one's own and its number, skipped and taken back; the sizes follow; the record has it."""
    browser = open_browser()
    log_in(browser, parts.folder / "data", "tina")
    page = browser.open("/label?text=duck")
    part = page.locator(".okko-stage .okko-part")
    expect(part).to_have_text("duck-5")
    expect(page.get_by_alt_text("top")).to_be_visible()
    for key, then in (("o", "duck-4"), ("k", "duck-3"), ("s", "duck-2")):
        page.keyboard.press(key)
        expect(part).to_have_text(then)
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    expect(part).to_have_text("duck-4")
    expect(page.locator(".okko-stage")).to_contain_text(re.compile(r"KO\s*tina, 20\d\d-"))
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(part).to_have_text("duck-2")
    page.get_by_label("Another class").fill("dent")
    page.keyboard.press("Enter")
    expect(part).to_have_text("duck-1")
    expect(page.get_by_role("button", name="dent")).to_be_visible()
    page.keyboard.press("1")
    expect(part).to_have_text("duck-0")
    expect(page.get_by_text("4 labelled here")).to_be_visible()
    page.keyboard.press("u")
    expect(part).to_have_text("duck-1")
    expect(page.get_by_text("3 labelled here")).to_be_visible()
    expect(page.locator(".okko-bars li")).to_have_text(["OK1", "KO1", "dent1"])
    labelled = [json.loads(line) for line in _items(parts, "--labelled").splitlines()]
    assert [(one["part_id"], one["label"]["label"], one["label"]["by"]) for one in labelled] == [
        ("duck-2", "dent", "tina"),
        ("duck-4", "KO", "tina"),
        ("duck-5", "OK", "tina"),
    ]
    assert barriers(page) == []


def test_the_most_doubtful_come_first(open_browser: OpenBrowser, parts: PageLine) -> None:
    """Where nothing else is asked for: of what has no label yet, that of which the model was least sure."""
    browser = open_browser()
    log_in(browser, parts.folder / "data", "tina")
    items = [json.loads(line) for line in _items(parts, "--unlabelled").splitlines()]
    leads = {item["part_id"]: abs(1 - 2 * item["predictions"][0]["score"]) for item in items}
    shown = browser.open("/label").locator(".okko-stage .okko-part")
    expect(shown).to_be_visible()
    assert leads[shown.inner_text()] == min(leads.values())


def test_when_all_is_labelled_it_is_said(open_browser: OpenBrowser, parts: PageLine) -> None:
    """Of what a filter chose: and undo still works from there."""
    browser = open_browser()
    log_in(browser, parts.folder / "data", "tina")
    page = browser.open("/label?text=duck-0")
    expect(page.locator(".okko-stage .okko-part")).to_have_text("duck-0")
    page.keyboard.press("k")
    expect(page.get_by_role("heading", name="Nothing is left to label")).to_be_visible()
    expect(page.get_by_text("1 labelled here")).to_be_visible()
    page.keyboard.press("u")
    expect(page.locator(".okko-stage .okko-part")).to_have_text("duck-0")


def test_boxes_go_to_another_tool_and_back(open_browser: OpenBrowser, parts: PageLine, tmp_path: Path) -> None:
    """As a COCO file: saved, drawn on, taken over; what is not in the record is named; no such file is refused."""
    browser = open_browser()
    log_in(browser, parts.folder / "data", "tina")
    page = browser.open("/label?part=duck-0")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save with all images").click()
    document = json.loads(Path(download.value.path()).read_text())
    (image,) = document["images"]
    assert document["annotations"] == []
    document["categories"] = [{"id": 1, "name": "dent"}]
    box = {"image_id": image["id"], "category_id": 1, "bbox": [64, 48, 64, 48], "segmentation": []}
    document["annotations"] = [{"id": 1, **box}, {"id": 2, **box, "image_id": 99}]
    (tmp_path / "drawn.json").write_text(json.dumps(document))
    told = page.locator("[data-coco-told]")
    page.get_by_label("Take over a COCO file").set_input_files(tmp_path / "drawn.json")
    expect(told).to_contain_text("Boxes and masks taken over: 1 (frames: 1); left out: 1.")
    expect(page.get_by_text("1 boxes and masks on 1 frames")).to_be_visible()
    expect(told).to_contain_text("annotation 2: there is no image 99")
    page.goto(f"{browser.url}/items?part=duck-0")
    page.locator("[data-item]").click()
    expect(page.get_by_text("1 drawn by tina")).to_be_visible()
    expect(page.locator("okko-frame polygon").first).to_be_attached()

    browser.forgive("422")
    page.goto(f"{browser.url}/label")
    (tmp_path / "no.json").write_text("[]")
    page.get_by_label("Take over a COCO file").set_input_files(tmp_path / "no.json")
    expect(told).to_contain_text("COCO file")


def test_boxes_of_somebody_who_may_not_are_refused(browser: Browser, parts: PageLine) -> None:  # noqa: ARG001 - it fills the record
    """By the server: without a login there is no token that it would take."""
    answer = browser.context.request.post(
        f"{browser.url}/api/coco", data="{}", headers={"Origin": browser.url, "X-Okko-CSRF": ""}
    )
    assert answer.status == 403


def test_who_may_not_label_is_sent_to_the_login(browser: Browser, parts: PageLine) -> None:  # noqa: ARG001 - it fills the record
    """The page is for technicians."""
    answer = browser.context.request.get(f"{browser.url}/label", max_redirects=0)
    assert (answer.status, answer.headers["location"]) == (303, "/login?next=/label")
