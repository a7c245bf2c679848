"""Debian's own Chromium through Playwright: nothing is downloaded, and no page of it reaches beyond this machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright


def program() -> str | None:
    """Where Chromium is; None where it is not installed (`sh tools/setup test` does that)."""
    return shutil.which("chromium")


def options() -> list[str]:
    """How it is started: root must do without its sandbox, and a name that is not this machine's is not looked up."""
    quiet = ["--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    return [*quiet, "--no-sandbox"] if os.geteuid() == 0 else quiet


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """A Chromium without a window, until the end of the block."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program(), args=options())
        yield chromium
        chromium.close()
