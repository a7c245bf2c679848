"""Each page at each size, light and dark."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Browser, Error, Page

from tools.screenshots.running import TECHNICIAN, DuckLine

SIZES = {"800x480": (800, 480), "1280x800": (1280, 800), "3840x2160": (3840, 2160), "390x844": (390, 844)}
"""The touch panels that people mount on machines, a screen on the wall, a phone."""

STATION = {f"station-{name}": f"/station/{name}" for name in ("configuration", "cameras", "models", "events", "doctor")}
THEMES = ("light", "dark")
PATIENCE_MS = 30_000
SETTLE_MS = 700
"""For what comes over the page's socket after its first answer."""

DRAWN_MS = 10_000


def pages(line: DuckLine) -> dict[str, str]:
    """The paths of the pages by the name of their files: those of the navigation, and what one gets to from there."""
    import dashboard.all_pages  # noqa: F401 - makes them known; NiceGUI is slow to import
    from dashboard.shell.page import NAVIGATION

    found = {(place.path.strip("/").replace("/", "-") or "live"): place.path for place in NAVIGATION}
    bad = json.loads(line.okko("items", str(line.folder), "--verdict", "KO", "--limit", "1", "--json"))
    return {**found, "item": f"/items/{bad['item_id']}", "account": "/account", "login": "/login", **STATION}


def photographs(  # noqa: PLR0913, PLR0917 - what of what, and where to
    chromium: Browser,
    line: DuckLine,
    wanted: Mapping[str, str],
    folder: Path,
    sizes: Sequence[str],
    themes: Sequence[str],
) -> Iterator[Path]:
    """Photograph the pages as the technician sees them; gives each file."""
    for size in sizes:
        width, height = SIZES[size]
        for theme in themes:
            context = chromium.new_context(viewport={"width": width, "height": height}, locale="en-GB")
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            page.goto(f"{line.url}/choose?theme={theme}")
            log_in(page, line)
            for name, path in wanted.items():
                page.goto(line.url + path)
                if name == "live":
                    line.send(1)  # frames come while somebody looks
                _wait_until_drawn(page)
                file = folder / name / f"{size}-{theme}.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=file)
                yield file
            context.close()


def _wait_until_drawn(page: Page) -> None:
    page.wait_for_timeout(SETTLE_MS)
    page.get_by_text("Examining").wait_for(state="hidden")
    with suppress(Error):  # a picture that cannot be had is photographed as such
        page.wait_for_function("[...document.images].every((image) => image.complete)", timeout=DRAWN_MS)
    page.wait_for_timeout(SETTLE_MS)


def log_in(page: Page, line: DuckLine) -> None:
    """As the technician."""
    page.goto(f"{line.url}/login")
    page.locator("#name").fill(TECHNICIAN)
    page.locator("#password").fill(line.password)
    page.locator("[type=submit]").click()
    page.wait_for_url(f"{line.url}/")
