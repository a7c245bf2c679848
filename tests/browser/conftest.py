"""A real station and a real Chromium, shared by the tests of a module; a browser of its own for each test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium

from browser import Browser
from one_duck_camera import ONE_DUCK_CAMERA
from page_line import PageLine
from tools.chromium import program, running_chromium

OpenBrowser = Callable[..., Browser]


@pytest.fixture(scope="module")
def station_text() -> str:
    """What stands in the station file between [station] and [dashboard]; a module may have its own."""
    return ONE_DUCK_CAMERA


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory, station_text: str) -> Iterator[PageLine]:
    """A running station with a page, an operator and a technician."""
    line = PageLine(tmp_path_factory.mktemp("station"), station_text)
    line.add_user("oscar", "operator")
    line.add_user("tina", "technician")
    line.start()
    yield line
    assert line.stop() == 0, line.log()
    assert "Traceback" not in line.log(), line.log()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """A running Chromium. By module: as long as it runs, no other test can have an event loop of its own."""
    if program() is None:
        pytest.skip("no Chromium: sh tools/setup test")
    with running_chromium() as running:
        yield running


@pytest.fixture
def open_browser(chromium: Chromium, station: PageLine) -> Iterator[OpenBrowser]:
    """Make a browser that looks at the station's page; at the end each must have done nothing that it may not."""
    browsers: list[Browser] = []

    def opened(**options: Any) -> Browser:
        browsers.append(Browser(chromium, station.url, **options))
        return browsers[-1]

    yield opened
    for one in browsers:
        one.close()


@pytest.fixture
def browser(open_browser: OpenBrowser) -> Browser:
    """One browser, of somebody who has not logged in."""
    return open_browser()
