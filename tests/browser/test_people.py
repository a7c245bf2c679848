"""Logging in, accounts and the audit, as people do it in a real browser; nothing but the dashboard runs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from a_page import PASSWORD, PageAlone
from axe import barriers
from browser import Browser


@pytest.fixture(scope="module")
def page_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageAlone]:
    """A dashboard that nobody can log in at yet."""
    running = PageAlone(tmp_path_factory.mktemp("people"))
    running.start()
    yield running
    assert running.stop() == 0
    assert "Traceback" not in running.log(), running.log()


@pytest.fixture(scope="module")
def tina(page_alone: PageAlone) -> str:
    """A technician."""
    page_alone.add_user("tina", "technician")
    return "tina"


@pytest.fixture
def browser(chromium: Chromium, page_alone: PageAlone) -> Iterator[Browser]:
    """A browser of its own for each test."""
    opened = Browser(chromium, page_alone.url)
    yield opened
    opened.close()


def log_in(browser: Browser, name: str, after: str = "/account") -> Page:
    """By the form, on to another page."""
    page = browser.open(f"/login?next={after}")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"**{after}")
    return page


def test_the_first_account_is_made_as_the_page_says(
    browser: Browser, page_alone: PageAlone, request: pytest.FixtureRequest
) -> None:
    """It shows the very command; afterwards it no longer does, and all of the login works by keyboard."""
    page = browser.open("/login")
    expect(page.locator("code")).to_contain_text(f"users add {page_alone.folder} NAME --role technician")
    assert barriers(page) == []
    tina = request.getfixturevalue("tina")
    page.reload()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    expect(page.locator("code")).to_have_count(0)
    assert barriers(page) == []
    page.keyboard.type(tina)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    expect(page.get_by_role("link", name=tina)).to_be_visible()


def test_who_guesses_sees_how_long_to_wait(browser: Browser, page_alone: PageAlone) -> None:
    """What was wrong, the wait as it runs out, and the name as it was typed; capitals that are locked are told."""
    page_alone.add_user_anew("gus", "viewer")
    page = browser.open("/login")
    page.get_by_label("Name", exact=True).fill("gus")
    for _ in range(5):
        page.get_by_label("Password", exact=True).fill("a guess too many")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("Name or password is wrong.")
        expect(page.get_by_label("Name", exact=True)).to_have_value("gus")
    expect(page.get_by_role("alert")).to_contain_text("Try again")
    expect(page.get_by_role("alert")).to_contain_text("You can try again now.")
    expect(page.get_by_role("button", name="Log in")).to_be_enabled()
    expect(page.get_by_text("Caps Lock is on.")).to_be_hidden()
    page.get_by_label("Password", exact=True).dispatch_event(
        "keydown", {"key": "A", "modifierCapsLock": True, "bubbles": True}
    )
    expect(page.get_by_text("Caps Lock is on.")).to_be_visible()


def test_a_technician_makes_an_account_and_ends_it(browser: Browser, page_alone: PageAlone, tina: str) -> None:
    """What is wrong stands in the dialog, and nothing that was typed is lost by it."""
    page = log_in(browser, tina, "/users")
    page.get_by_role("button", name="Add a user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("<b>ben")
    for label in ("New password", "The same again"):
        dialog.get_by_role("textbox", name=label).fill(PASSWORD)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("A name can't have '<' in it")
    dialog.get_by_label("Name", exact=True).fill("Zoë")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Zoë can log in.")).to_be_visible()
    expect(dialog).to_have_count(0)
    assert barriers(page) == []
    page.get_by_role("button", name="Disable: Zoë").click()
    expect(page.get_by_role("row", name="Zoë")).to_contain_text("disabled")
    page.get_by_role("button", name="Remove: Zoë").click()
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("row", name="Zoë")).to_have_count(0)
    page.get_by_role("button", name=f"Disable: {tina}").click()
    expect(page.get_by_text("tina is the last technician who can log in")).to_be_visible()
    assert "Zoë" not in page_alone.okko("users list")


def test_the_audit_is_filtered_and_exported(browser: Browser, page_alone: PageAlone, tina: str) -> None:
    """The file has what the page shows."""
    for name in ("abel", "Zoé"):
        page_alone.add_user_anew(name, "viewer")
        page_alone.okko("users disable", name)
    page = log_in(browser, tina, "/audit")
    page.get_by_label("Action", exact=True).click()
    page.get_by_role("option", name="users.disable").click()
    expect(page.locator("tbody tr", has_text="users.add")).to_have_count(0)
    expect(page.locator("tbody tr", has_text="abel")).not_to_have_count(0)
    expect(page.locator(".q-menu")).to_have_count(0)  # a menu that is closing is no list any more
    assert barriers(page) == []
    page.get_by_label("Text", exact=True).fill("zo")
    expect(page.locator("tbody tr", has_text="abel")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    heading, *lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert heading.startswith("time,who,")
    assert all(",users.disable," in line for line in lines)
    assert any("users.disable,Zoé" in line for line in lines)


@pytest.mark.usefixtures("tina")  # the last technician cannot be disabled
def test_a_page_that_is_open_ends_with_its_session(browser: Browser, page_alone: PageAlone) -> None:
    """Disabled in a terminal: the page goes to the login by itself, and says why."""
    page_alone.add_user_anew("dora", "technician")
    page = log_in(browser, "dora", "/users")
    expect(page.get_by_role("row", name="dora")).to_be_visible()
    page_alone.okko("users disable", "dora")
    page.wait_for_url("**/login?refused=ended&next=/users")
    expect(page.get_by_role("alert")).to_have_text("Your session has ended. Log in again to go on.")


def test_ones_own_password_and_logging_out(browser: Browser, page_alone: PageAlone) -> None:
    """The session in which it is changed goes on, until one logs out; then the cookie is gone."""
    page_alone.add_user_anew("otto", "operator")
    page = log_in(browser, "otto")
    assert barriers(page) == []
    fields = {"Present password": PASSWORD, "New password": "another good one", "The same again": "another good one"}
    for label, text in fields.items():
        page.get_by_role("textbox", name=label).fill(text)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The password is changed")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("alert")).to_have_text("You are logged out.")
    assert not [cookie for cookie in browser.context.cookies() if "session" in cookie.get("name", "")]
