"""Teaching and replay from the page, as a technician would: real agents, real models, a real browser."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from axe import barriers
from browser import Browser
from dashboard.desk import ANYBODYS_CSRF
from one_duck_camera import ONE_DUCK_CAMERA
from page_line import PageLine
from session_cookie import log_in
from waiting import eventually

OpenBrowser = Callable[..., Browser]

PARTS = 40
LABELLED = 6
WORK_MS = 120_000
"""A teaching takes seconds, and far longer beside other tests."""

pytestmark = [pytest.mark.usefixtures("recorded"), pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def station_text() -> str:
    """Ducks of which every third is bad."""
    return ONE_DUCK_CAMERA.replace('"simulator"', '"simulator", seed = 5, defect_rate = 0.3')


@pytest.fixture(scope="module")
def recorded(station: PageLine) -> PageLine:
    """A station with a record, some bad parts of which a person has labelled."""
    station.trigger("--count", str(PARTS), "--rate", "8")
    eventually(lambda: all(item["frames"] for item in station.items(PARTS)))
    bad = [item["item_id"] for item in station.items(PARTS) if item["verdict"] == "KO"][:LABELLED]
    assert len(bad) == LABELLED
    for number, item_id in enumerate(bad):
        label = ("KO", "scratch")[number % 2]
        done = station.run("label", str(station.folder), item_id, label, "--by", "tina")
        assert done.returncode == 0, done.stderr
    return station


@pytest.fixture
def technician(open_browser: OpenBrowser, station: PageLine) -> Browser:
    """A browser in which a technician has logged in."""
    browser = open_browser()
    log_in(browser, station.folder / "data", "tina")
    return browser


def _begin(page: Page, *, many: int = 12) -> None:
    """Have the camera taught from so many by the quickest method."""
    page.get_by_label("How many").fill(str(many))
    _choose(page, "Method", "Mahalanobis")
    expect(page.locator(".okko-counts")).to_contain_text(f"{many} good")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url(re.compile(r"/job/"))


def _choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).click()
    page.get_by_role("option").filter(has_text=option).first.click()


def _sizes(page: Page) -> Locator:
    return page.locator(".okko-sizes")


def test_a_camera_is_taught_and_its_model_put_in_charge(technician: Browser, station: PageLine) -> None:
    """Sizes first, then progress, report and figures; in the shadow, in charge, and back: the line goes by it."""
    page = technician.open("/teach")
    expect(_sizes(page)).to_contain_text(f"{LABELLED} KO")
    expect(_sizes(page)).to_contain_text("scratch 3")
    expect(_sizes(page)).to_contain_text("To promise 1 % takes 299 good parts")
    _begin(page)
    report = page.frame_locator("iframe.okko-report")
    expect(report.get_by_role("heading", name="station-top-taught 1")).to_be_visible(timeout=WORK_MS)
    expect(page.locator(".okko-figures")).to_contain_text(f"12 good and {LABELLED} KO parts")
    assert barriers(page) == []
    page.get_by_role("button", name="Try in the shadow").click()
    expect(page.get_by_text("top: station-top-taught 1 looks on.")).to_be_visible(timeout=WORK_MS)
    assert _looks(station) == "duck-quality"
    eventually(lambda: _has_shadow(station))
    page.goto(f"{technician.url}/teach")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(re.compile(r"/job/"), timeout=WORK_MS)
    expect(page.get_by_text(re.compile(r"^[01] of 1 agree$"))).to_be_visible()
    page.goto(f"{technician.url}/teach")
    page.get_by_role("button", name="Put in charge").click()
    expect(page.get_by_role("dialog").locator("dt")).to_have_count(2)  # what it lets through stands where it is asked
    page.get_by_role("dialog").get_by_role("button", name="Put in charge").click()
    expect(page.get_by_text("station-top-taught 1 is in charge of top.")).to_be_visible(timeout=WORK_MS)
    assert _looks(station) == "station-top-taught"
    page.goto(f"{technician.url}/teach")
    expect(page.locator(".okko-camera")).to_contain_text("station-top-taught 1")
    page.get_by_role("button", name="Back to the model before").click()
    expect(page.get_by_text("duck-quality 1.0.0 is in charge of top again.")).to_be_visible(timeout=WORK_MS)
    assert _looks(station) == "duck-quality"
    expect(page.locator(".okko-camera")).to_contain_text("duck-quality")
    assert _audited(station) >= {"teach.start", "teach.shadow", "teach.activate", "teach.rollback"}


def _looks(station: PageLine) -> str:
    """Which model decides about the next part."""
    ear = station.listen("item", count=1, seconds=60)
    station.publish("trigger", b"one more")
    (item,) = ear.heard()
    deciding = [one["model"]["name"] for one in json.loads(item)["predictions"] if not one.get("shadow")]
    return str(deciding[0])


def _has_shadow(station: PageLine) -> bool:
    """Whether the last item has what the model in the shadow says."""
    return any(one.get("shadow") for one in station.items(1)[-1]["predictions"])


def _audited(station: PageLine) -> set[str]:
    done = station.run("audit", str(station.folder), "--who", "tina", "--json")
    assert done.returncode == 0, done.stderr
    return {json.loads(line)["action"] for line in done.stdout.splitlines()}


def test_too_few_parts_are_told_before_it_begins(technician: Browser) -> None:
    """And nothing can be begun; the server refuses it as well."""
    page = technician.open("/teach")
    page.get_by_label("How many").fill("3")
    expect(_sizes(page)).to_contain_text("How many: Expected `int` >= 10")
    expect(page.get_by_role("button", name="Begin")).to_be_disabled()
    page.get_by_label("How many").fill("30")
    expect(page.get_by_role("button", name="Begin")).to_be_enabled()
    page.get_by_label("From (time of the box)").fill("2100-01-01T00:00")
    expect(_sizes(page)).to_contain_text("0 good parts are too few: at least 10")
    expect(page.get_by_role("button", name="Begin")).to_be_disabled()


def test_a_teaching_is_cancelled(technician: Browser) -> None:
    """By a button; it says who did."""
    page = technician.open("/teach")
    expect(_sizes(page)).to_contain_text("good")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url(re.compile(r"/job/"))
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".okko-state.cancelled")).to_be_visible(timeout=WORK_MS)
    expect(page.get_by_text("Cancelled by tina.")).to_be_visible()
    page.get_by_role("button", name="Remove this job").click()
    page.wait_for_url(re.compile(r"/teach"))


def test_items_are_judged_again_by_other_bounds(technician: Browser) -> None:
    """The flips with both pictures, agreement, labels; the report is saved as one file."""
    page = technician.open("/replay")
    expect(page.get_by_text("items match")).to_be_visible()
    page.get_by_text("Other bounds").click()
    bound = page.get_by_label("expected_label top OK: min_score")
    bound.fill("1")
    bound.blur()
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url(re.compile(r"/job/"))
    flip = page.locator(".okko-flip").first
    expect(flip).to_be_visible(timeout=WORK_MS)
    expect(flip).to_contain_text("recorded")
    expect(flip.locator(".okko-word")).to_have_text(["OK", "KO"])
    for side in ("recorded", "now"):
        picture = flip.get_by_role("img", name=re.compile(f"camera top, {side}"))
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", value=True)
        assert picture.evaluate("image => image.naturalWidth") > 0
    expect(page.get_by_role("heading", name="Against the labels")).to_be_visible()
    assert barriers(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as HTML").click()
    assert Path(download.value.path()).read_text().endswith("</html>\n")


def test_what_is_no_model_is_refused_with_its_reason(technician: Browser, tmp_path: Path) -> None:
    """Before it is anything to the station."""
    file = tmp_path / "holiday.tflite"
    file.write_bytes(b"a picture of a beach" * 100)
    page = technician.open("/teach")
    page.locator("okko-upload input").set_input_files(file)
    page.wait_for_url(re.compile(r"/job/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("holiday.tflite")
    expect(page.locator(".okko-said")).to_contain_text("is no LiteRT model", timeout=WORK_MS)


@pytest.mark.parametrize("name", ["oscar", ""])
def test_who_may_not_teach_is_refused_by_the_server(open_browser: OpenBrowser, station: PageLine, name: str) -> None:
    """Pages, actions, files and uploads, whatever a page shows."""
    browser = open_browser()
    csrf = log_in(browser, station.folder / "data", name) if name else ANYBODYS_CSRF
    browser.forgive("^40[13]:")
    status, said = browser.act("teach.start", {"camera": "top"}, csrf=csrf)
    assert (status, said["error"][:30]) == (403, "This needs the role technician")
    for action in ("replay.start", "job.cancel", "teach.activate", "models.upload"):
        assert browser.act(action, {}, csrf=csrf)[0] == 403
    refused = 403 if name else 401
    for path in ("/api/taught/x/report", "/api/jobs/x/report", "/api/jobs/x/picture/0001-0-after.jpg"):
        assert browser.context.request.get(browser.url + path).status == refused
    sent = browser.context.request.post(
        f"{browser.url}/api/models/upload?name=x", data=b"x", headers={"Origin": browser.url, "X-Okko-CSRF": csrf}
    )
    assert sent.status == refused
    if name:
        expect(browser.open("/teach").get_by_text("Not with this role")).to_be_visible()


def test_an_upload_needs_the_token_of_its_session(technician: Browser) -> None:
    """Another site may have a browser send a file, but does not know it; too large a one is not taken."""
    technician.forgive("^403:")
    headers = {"Origin": technician.url, "X-Okko-CSRF": "made up"}
    sent = technician.context.request.post(f"{technician.url}/api/models/upload?name=x", data=b"x", headers=headers)
    assert sent.status == 403
    assert "X-Okko-CSRF" in sent.json()["error"]


@pytest.mark.parametrize("path", ["/teach", "/replay"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_axe_finds_nothing_serious(
    open_browser: OpenBrowser, station: PageLine, path: str, theme: str, size: tuple[int, int]
) -> None:
    """In both colours, on a panel and on a phone, in French too."""
    width, height = size
    browser = open_browser(viewport={"width": width, "height": height}, locale="fr-FR")
    log_in(browser, station.folder / "data", "tina")
    page = browser.open(f"/choose?theme={theme}&next={path}")
    expect(page.get_by_role("button", name="Commencer")).to_be_enabled()
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "it is cut off"
