"""The README's picture: the live page of the duck line, as it is."""

from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Browser

from tools.screenshots.running import DuckLine

MOST_DUCKS = 40
"""A bad one comes among so many."""

SMALLEST = 9
KEPT_BITS = 0b1111_1100
"""Of each colour: nobody sees the rest, and the file is a third smaller."""


def picture_of_live(chromium: Browser, line: DuckLine, file: Path) -> None:
    """Photograph the live page with a bad duck on it.

    Raises:
        RuntimeError: if no bad duck comes.
    """
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", color_scheme="light")
    page = context.new_page()
    page.goto(f"{line.url}/choose?theme=light")
    bad = page.locator(".board .verdict.KO").filter(has_text="instead of")  # by what was seen, and not for want of time
    for _ in range(MOST_DUCKS):
        line.send(1)
        page.wait_for_timeout(500)
        if bad.count():
            break
    else:
        message = f"{MOST_DUCKS} ducks and none was bad"
        raise RuntimeError(message)
    page.wait_for_timeout(500)  # its frames are drawn
    shot = np.asarray(cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR), np.uint8)
    context.close()
    cv2.imwrite(str(file), shot & KEPT_BITS, [cv2.IMWRITE_PNG_COMPRESSION, SMALLEST])
