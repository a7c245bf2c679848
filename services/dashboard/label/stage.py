"""The item in hand, as large as it goes, and the pictures of those that come next."""

from nicegui import ui

from dashboard.items.page import time_text
from dashboard.items.pictured import pictured
from dashboard.label.queue import Queue, Waiting
from dashboard.shell.frame import link, notice
from dashboard.shell.html import words
from dashboard.shell.picture import picture
from dashboard.shell.verdict import verdict
from dashboard.texts import Texts

AHEAD = 3
"""Of how many items the pictures are fetched before they are looked at."""


def draw(t: Texts, waiting: Waiting | None) -> None:
    """An item to label, or that there is none."""
    if waiting is None:
        notice(t("label.nothing"), t("label.nothing_do"), icon="task_alt")
        return
    told = waiting.told
    with ui.element("p").classes("okko-row"):
        verdict(told.verdict)
        link(f"/items/{told.item_id}", told.part_id or t("items.no_part"), "okko-part")
        words("span", time_text(waiting.place[0]), "okko-quiet")
        if told.borderline:
            words("span", t("items.borderline"), "okko-chip borderline")
        if told.finding:
            words("span", told.finding, "okko-finding")
        if waiting.label is not None:
            label = waiting.label
            words("span", label.label, f"okko-chip label {label.label}")
            words("span", f"{label.by}, {time_text(label.at_ms)}", "okko-quiet")
    with ui.element("div").classes("okko-frames"):
        for frame in waiting.stored.frames:
            with ui.element("figure"):
                picture(pictured(frame, told))
                with ui.element("figcaption"):
                    words("span", frame.camera)
        if not waiting.stored.frames:
            words("p", t("items.gone_short") if waiting.stored.gone else t("items.no_frames"))


def prefetch(queue: Queue) -> None:
    """Have the browser load the next pictures."""
    for waiting in queue.ahead(AHEAD):
        for frame in waiting.stored.frames:
            ui.element("img").props('alt=""').props["src"] = f"/picture/{frame.frame_id}"
