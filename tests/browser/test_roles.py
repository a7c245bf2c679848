"""What the server refuses, whatever a page shows: asked as a program would, with the cookies of a browser."""

import pytest

from browser import Browser
from page_line import PageLine


@pytest.mark.parametrize("name", ["trigger", "report.make"])
def test_nobody_may_not_act_without_a_login(browser: Browser, station: PageLine, name: str) -> None:
    """Who has not logged in may look, and the server says which role it takes."""
    ear = station.listen("capture", seconds=2)
    assert browser.act(name, {"part_id": "duck"}) == (
        403,
        {"error": "This needs the role operator. Log in as somebody who has it."},
    )
    assert ear.heard() == [], "no camera was asked"


def test_a_csrf_token_that_is_made_up_is_refused(browser: Browser) -> None:
    """Before the action is looked at."""
    status, said = browser.act("trigger", {}, csrf="made up")
    assert status == 403
    assert "X-Okko-CSRF" in said["error"]


def test_an_action_that_is_not_there_is_no_fault_of_the_server(browser: Browser) -> None:
    """404, and its name."""
    assert browser.act("explode", {}) == (404, {"error": "there is no action 'explode'"})


def test_a_post_from_another_site_is_refused(browser: Browser) -> None:
    """By its Origin, which a browser always tells."""
    answer = browser.context.request.post(
        f"{browser.url}/api/act/trigger", data={}, headers={"Origin": "http://elsewhere.example"}
    )
    assert answer.status == 403
