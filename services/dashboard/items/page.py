"""The items page: filters that stand in the address, and a page of what they find, newest first or oldest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from nicegui import ui

from dashboard.access.role import Role
from dashboard.desk import Desk
from dashboard.items.filters import form
from dashboard.items.wanted import Wanted, local, place_text, wanted
from dashboard.record import NoRecord, of_record
from dashboard.shell.frame import link, notice, sign
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.shell.verdict import verdict
from dashboard.visit import Visit
from okko import contracts as c
from recorder.labelled import classes
from recorder.reader import LAST, Place, StoredFrame
from recorder.search import Count, Found, Page, count_up_to, search

A_PAGE = 60
MOST_THUMBS = 4
_decode = msgspec.json.Decoder(c.Item).decode


@page("/items", "items.title", icon="grid_view")
async def items(visit: Visit) -> None:
    """What is recorded, as the address asks for it."""
    head()
    asked = wanted(dict(ui.context.client.request.query_params), now())
    words("h1", visit.t("items.title"), "okko-sr")
    try:
        shown = await _shown(visit.desk, asked)
    except NoRecord as error:
        no_record(visit, error)
        return
    form(visit, asked, shown.classes)
    for name in asked.wrong:
        words("p", visit.t("items.wrong", filter=visit.t(f"items.f_{name}"), value=asked.given[name]), "okko-warning")
    _list(visit, asked, shown)


def head() -> None:
    """What the pages about items need in the browser."""
    ui.add_head_html('<link rel="stylesheet" href="/static/items.css">')
    ui.add_body_html('<script type="module" src="/static/keys.js"></script>')


def no_record(visit: Visit, error: NoRecord) -> None:
    """Say why there is nothing, and what to do."""
    t = visit.t
    titles = {"none": "items.no_recorder", "absent": "items.no_store", "unreadable": "items.unreadable"}
    texts = {"none": "items.no_recorder_do", "absent": "items.no_store_do", "unreadable": "items.unreadable_do"}
    notice(t(titles[error.why]), t(texts[error.why]), command=error.detail or None, icon="folder_off")


def now() -> datetime:
    """The time, in the zone of the box: that of the line's clock."""
    return datetime.now().astimezone()


def time_text(ms: int) -> str:
    """An instant as people of the line read it."""
    return local(ms, now().tzinfo).strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True)
class _Shown:
    found: Sequence[Found]
    newer: Place | None
    older: Place | None
    searched_to: Place | None
    count: Count
    classes: tuple[str, ...]
    facts_since_ms: int | None


async def _shown(desk: Desk, asked: Wanted) -> _Shown:
    def read(connection) -> _Shown:  # type: ignore[no-untyped-def] # noqa: ANN001 - sqlite3's, given by of_record
        back = asked.before is not None
        newest_first = asked.oldest_first if back else not asked.oldest_first
        place = asked.before if back else asked.after
        found = search(connection, asked.query, after=place, newest_first=newest_first, count=A_PAGE)
        listed = found.found[::-1] if back else found.found
        return _Shown(
            found=listed,
            newer=_beginning(asked, found, listed),
            older=_end(found, listed, back=back),
            searched_to=found.next_place if len(listed) < A_PAGE else None,
            count=count_up_to(connection, asked.query, budget_s=0.3),
            classes=classes(connection),
            facts_since_ms=found.facts_since_ms,
        )

    return await of_record(desk, read)


def _beginning(asked: Wanted, found: Page, listed: Sequence[Found]) -> Place | None:
    """The place before which there may be more, in the order of the list."""
    if asked.before is not None:
        return found.next_place and (listed[0].place if listed else found.next_place)
    return listed[0].place if asked.after is not None and listed else asked.after


def _end(found: Page, listed: Sequence[Found], *, back: bool) -> Place | None:
    return (listed[-1].place if listed else None) if back else found.next_place


def _list(visit: Visit, asked: Wanted, shown: _Shown) -> None:
    t = visit.t
    with ui.element("div").classes("okko-found"):
        _count(visit, asked, shown)
        if shown.facts_since_ms is not None:
            known = shown.facts_since_ms
            text = t("items.facts_none") if known == LAST[0] else t("items.facts_since", time=time_text(known))
            words("p", text, "okko-warning")
    with ui.element("ol").classes("okko-items"):
        for found in shown.found:
            with ui.element("li"):
                card(visit, found, asked.address(f"/items/{_decode(found.item.item).item_id}"))
    if not shown.found and shown.searched_to is None:
        notice(t("items.nothing"), t("items.nothing_do"), icon="search_off")
    _pager(visit, asked, shown)


def _count(visit: Visit, asked: Wanted, shown: _Shown) -> None:
    t, count = visit.t, shown.count
    number = t.number(count.items)
    with ui.element("p").props("role=status"):
        name = "items.more_than" if count.at_least else "items.one" if count.items == 1 else "items.count"
        words("strong", t(name, count=number))
    other = "items.newest_first" if asked.oldest_first else "items.oldest_first"
    if visit.may(Role.TECHNICIAN) and count.items:
        link(asked.address("/label"), t("items.label_these"))
    link(_ordered(asked, oldest_first=not asked.oldest_first), t(other))


def _ordered(asked: Wanted, *, oldest_first: bool) -> str:
    return Wanted(asked.query, asked.given, oldest_first=oldest_first).address("/items")


def card(visit: Visit, found: Found, target: str) -> None:
    """An item in a list: a link to its page."""
    t, stored = visit.t, found.item
    item = _decode(stored.item)
    with ui.link(target=target).classes(replace=f"okko-item {item.verdict}").props("data-item"):
        with ui.element("span").classes("okko-thumbs"):
            for frame in stored.frames[:MOST_THUMBS]:
                thumb(frame)
            if not stored.frames:
                with ui.element("span").classes("okko-no-thumb"):
                    sign("image_not_supported")
                    words("span", t("items.gone_short") if stored.gone else t("items.no_image"))
        with ui.element("span").classes("okko-line"):
            verdict(item.verdict)
            words("strong", item.part_id or t("items.no_part"), "okko-part")
        words("span", time_text(found.place[0]), "okko-quiet")
        if item.finding:
            words("span", item.finding, "okko-finding")
        with ui.element("span").classes("okko-line"):
            if stored.label is not None:
                words("span", stored.label.label, f"okko-chip label {stored.label.label}")
            if item.golden or (stored.label is not None and stored.label.golden):
                words("span", t("items.golden"), "okko-chip golden")
            if item.borderline:
                words("span", t("items.borderline"), "okko-chip borderline")


def thumb(frame: StoredFrame) -> None:
    """A frame, small; it is loaded when it comes into sight."""
    image = ui.element("img").props("loading=lazy decoding=async")
    image.props["src"] = f"/thumb/{frame.frame_id}"
    image.props["alt"] = frame.camera


def _pager(visit: Visit, asked: Wanted, shown: _Shown) -> None:
    t = visit.t
    newer, older = ("items.newer", "items.older") if not asked.oldest_first else ("items.older", "items.newer")
    with ui.element("nav").classes("okko-pager").props(f'aria-label="{t("items.pages")}"'):
        if asked.after is not None or asked.before is not None:
            link(asked.address("/items"), t("items.first"), "okko-button")
        if shown.newer is not None:
            back = link(asked.address("/items", before=place_text(shown.newer)), t(newer), "okko-button")
            back.props("rel=prev data-key=PageUp")
        if shown.searched_to is not None and asked.before is None:
            words("span", t("items.searched_to", time=time_text(shown.searched_to[0])))
            onward = link(asked.address("/items", after=place_text(shown.searched_to)), t("items.search_on"))
            onward.classes("okko-button").props("rel=next data-key=PageDown")
        elif shown.older is not None:
            onward = link(asked.address("/items", after=place_text(shown.older)), t(older), "okko-button")
            onward.props("rel=next data-key=PageDown")
