"""A browser as one person has it, which notes what no page of ours may do."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, expect

PATIENCE_MS = 30_000
"""Machines that run tests are slow at times; what is waited for comes at once on others."""

expect.set_options(timeout=PATIENCE_MS)

OF_THE_PAGE_ITSELF = ("data", "blob")
FIRST_ERROR = 400
TOLD_BY_ITS_STATUS = re.compile(r"Failed to load resource: the server responded")


class Browser:
    """Cookies and pages of one person who looks at one dashboard; `faults` are what a test must not have caused.

    Faults: an error in the console or in a script, an answer of 400 and above, a request to anyone but the dashboard.
    """

    def __init__(self, chromium: Chromium, url: str, **options: Any) -> None:
        self.url = url.rstrip("/")
        self.faults: list[str] = []
        self._forgiven: list[str] = []
        settings: Mapping[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options}
        self.context: BrowserContext = chromium.new_context(**settings)
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("request", self._asked)
        self.context.on("response", self._answered)
        self.context.on("console", self._said)
        self.context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))

    def open(self, path: str = "/") -> Page:
        """A new page (a tab) at this path of the dashboard."""
        page = self.context.new_page()
        page.on("websocket", lambda socket: self._only_ours(socket.url))
        page.goto(self.url + path)
        return page

    def forgive(self, *patterns: str) -> None:
        """Let faults pass that the test means to cause; a request to elsewhere is never forgiven."""
        self._forgiven += patterns

    def act(self, name: str, args: Mapping[str, Any], *, csrf: str = "without-login") -> tuple[int, dict[str, Any]]:
        """POST an action as a program would that has this person's cookies: the status, and what was said."""
        headers = {"Origin": self.url, "X-Okko-CSRF": csrf}
        answer = self.context.request.post(f"{self.url}/api/act/{name}", data=dict(args), headers=headers)
        said: dict[str, Any] = answer.json()
        return answer.status, said

    def close(self) -> None:
        """Close its pages; fails where one of them did what it may not.

        Raises:
            AssertionError: with all faults that were not forgiven.
        """
        self.context.close()
        faults = [one for one in self.faults if one.startswith("elsewhere") or not self._is_forgiven(one)]
        assert not faults, "\n".join(faults)

    def _is_forgiven(self, fault: str) -> bool:
        return any(re.search(pattern, fault) for pattern in self._forgiven)

    def _asked(self, request: Request) -> None:
        self._only_ours(request.url)

    def _only_ours(self, url: str) -> None:
        asked, ours = urlsplit(url), urlsplit(self.url)
        if asked.scheme not in OF_THE_PAGE_ITSELF and asked.netloc != ours.netloc:
            self.faults.append(f"elsewhere: {url}")

    def _answered(self, response: Response) -> None:
        if response.status >= FIRST_ERROR:
            self.faults.append(f"{response.status}: {response.request.method} {response.url}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not TOLD_BY_ITS_STATUS.search(message.text):
            self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")
