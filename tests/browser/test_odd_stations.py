"""Stations that are not as one would wish: no broker, no other agent, sixteen cameras, ten thousand labels."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from a_page import PageAlone
from axe import barriers
from browser import Browser
from many_labels import record_labelled

CAMERAS = 16
LABELS = 10_000
MORE_CAMERAS = "".join(
    f'[[camera]]\nname = "camera-{number}"\nsource = {{ kind = "simulator" }}\n' for number in range(1, CAMERAS)
)


@pytest.fixture(scope="module")
def page_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageAlone]:
    """A dashboard alone, where whoever looks may trigger."""
    running = PageAlone(tmp_path_factory.mktemp("page"), f'without_login = "operate"\n{MORE_CAMERAS}')
    record_labelled(running.data, LABELS, ("OK", "OK", "KO", "rayé <b>"))
    running.start()
    yield running
    assert running.stop() == 0, running.log()
    assert "Traceback" not in running.log(), running.log()


@pytest.fixture
def wall(chromium: Chromium, page_alone: PageAlone) -> Iterator[Browser]:
    """A browser that looks at it."""
    looking = Browser(chromium, page_alone.url)
    yield looking
    looking.close()


def test_without_a_broker_the_page_says_so_and_what_to_do(wall: Browser) -> None:
    """Not ready, and the remedy; a trigger is refused with the reason, and is no error of the server."""
    ready = wall.open().locator(".ready")
    expect(ready).to_contain_text("Not ready")
    expect(ready).to_contain_text("no connection to the broker")
    assert wall.act("trigger", {"part_id": "duck"}) == (
        503,
        {"error": "no connection to the broker: the trigger was not sent"},
    )


def test_sixteen_cameras_are_seen_at_once(wall: Browser) -> None:
    """All within the panel's height, beside the verdict; on a phone none is beyond the edge."""
    page = wall.open()
    figures = page.locator(".board figure")
    expect(figures).to_have_count(CAMERAS)
    lowest = max(box["y"] + box["height"] for figure in figures.all() if (box := figure.bounding_box()) is not None)
    assert lowest <= 800
    page.set_viewport_size({"width": 390, "height": 844})
    right = max(box["x"] + box["width"] for figure in figures.all() if (box := figure.bounding_box()) is not None)
    assert right <= 390
    assert barriers(page) == []


def test_ten_thousand_labels_are_counted_and_paged(wall: Browser) -> None:
    """The items page says how many there are and shows a page of them; a class with HTML in it is text."""
    page = wall.open("/items?label=ray%C3%A9%20%3Cb%3E")
    expect(page.get_by_role("status")).to_contain_text("2,500 items")
    shown = page.locator("[data-item]")
    expect(shown.first).to_contain_text("rayé <b>")
    assert 10 <= shown.count() <= 200
