"""A login without the login page: what a test needs that is about something else."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from browser import Browser
from dashboard.access.access import Access
from dashboard.access.records import Session
from dashboard.web.cookies import session_name
from page_line import PASSWORD


def log_in(browser: Browser, data: Path, name: str) -> str:
    """Have a browser be logged in as somebody; gives the CSRF token of the session."""

    async def session() -> Session:
        access = Access.open(data)
        try:
            found = await access.login(name, PASSWORD, "test")
        finally:
            await access.close()
        assert isinstance(found, Session), found
        return found

    # Playwright has an event loop of its own in this thread.
    with ThreadPoolExecutor(1) as beside:
        opened = beside.submit(asyncio.run, session()).result()
    browser.context.add_cookies([{"name": session_name(tls=False), "value": opened.token, "url": browser.url}])
    return opened.person.csrf
