"""An item's page: its frames with what was found in them, where the time went, and what people say of it."""

from dataclasses import dataclass

import msgspec
from nicegui import ui

from dashboard.access.role import Role
from dashboard.items.label_bar import LabelBar
from dashboard.items.page import head, no_record, now, time_text
from dashboard.items.pictured import pictured
from dashboard.items.story import carried, predictions_of, timeline
from dashboard.items.timeline import draw
from dashboard.items.wanted import Wanted, wanted
from dashboard.record import NoRecord, of_record
from dashboard.shell.frame import link, notice, sign
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.shell.picture import Pictured, picture, show
from dashboard.shell.verdict import verdict
from dashboard.visit import Visit
from okko import contracts as c
from okko.watch.words import said
from recorder.labelled import Drawing, classes, drawings, history
from recorder.labels import LabelChange
from recorder.reader import StoredFrame, StoredItem
from recorder.search import found_at, place_of, search

_decode = msgspec.json.Decoder(c.Item).decode


@dataclass(frozen=True, slots=True)
class _Read:
    """What the record has of an item, and of those beside it in the list that one came from."""

    stored: StoredItem
    previous: str | None
    following: str | None
    history: list[LabelChange]
    drawings: dict[str, Drawing]
    classes: tuple[str, ...]


@page("/items/{item_id}", "items.item_title")
async def item(visit: Visit, item_id: str) -> None:
    """One item, whole."""
    head()
    asked = wanted(dict(ui.context.client.request.query_params), now())
    try:
        read = await of_record(visit.desk, lambda connection: _read(connection, item_id, asked))
    except NoRecord as error:
        no_record(visit, error)
        return
    if read is None:
        notice(visit.t("items.unknown"), visit.t("items.unknown_do"), icon="search_off")
        return
    told = _decode(read.stored.item)
    _head(visit, asked, read, told)
    bar = LabelBar(visit, item_id, read.stored.label, read.history, read.classes)
    if visit.may(Role.TECHNICIAN):
        bar.buttons()
    _frames(visit, read, told)
    with ui.element("div").classes("okko-columns"):
        _findings(visit, told)
        bar.history()
        _time(visit, told)
        _trigger(visit, told)
    _raw(visit, read, told)


def _read(connection, item_id: str, asked: Wanted) -> _Read | None:  # type: ignore[no-untyped-def] # noqa: ANN001
    place = place_of(connection, item_id)
    if place is None or not (found := found_at(connection, [place])):
        return None
    stored = found[0].item

    def beside(*, newest_first: bool) -> str | None:
        one = search(connection, asked.query, after=place, newest_first=newest_first, count=1, budget_s=0.2).found
        return _decode(one[0].item.item).item_id if one else None

    return _Read(
        stored,
        previous=beside(newest_first=asked.oldest_first),
        following=beside(newest_first=not asked.oldest_first),
        history=history(connection, item_id),
        drawings=drawings(connection, [frame.frame_id for frame in stored.frames]),
        classes=classes(connection),
    )


def _head(visit: Visit, asked: Wanted, read: _Read, told: c.Item) -> None:
    t = visit.t
    with ui.element("div").classes("okko-head okko-item-head"):
        with ui.element("h1"):
            verdict(told.verdict)
            words("span", told.part_id or t("items.no_part"))
        with ui.element("nav").classes("okko-pager").props(f'aria-label="{t("items.neighbours")}"'):
            link(asked.address("/items"), t("items.back"), "okko-button").props("data-key=Escape")
            if read.previous is not None:
                back = link(asked.address(f"/items/{read.previous}"), t("items.previous_item"), "okko-button")
                back.props("rel=prev data-key=ArrowLeft")
            if read.following is not None:
                onward = link(asked.address(f"/items/{read.following}"), t("items.next_item"), "okko-button")
                onward.props("rel=next data-key=ArrowRight")
        with ui.element("p").classes("okko-row"):
            words("span", _instant(told.decided_at), "okko-quiet")
            words("span", t(f"items.reason_{told.reason}"))
            if told.finding:
                words("strong", told.finding, "okko-finding")
            if told.borderline:
                words("span", t("items.borderline"), "okko-chip borderline")
            if told.golden:
                words("span", t("items.golden_part", expected=told.expected or ""), "okko-chip golden")


def _frames(visit: Visit, read: _Read, told: c.Item) -> None:
    t = visit.t
    shown: list[tuple[ui.element, Pictured]] = []
    with ui.element("div").classes("okko-frames"):
        for frame in read.stored.frames:
            with ui.element("figure"):
                drawing = read.drawings.get(frame.frame_id)
                one = pictured(frame, told, drawing.annotations if drawing is not None else ())
                shown.append((picture(one), one))
                _caption(visit, frame, told, drawing)
        for frame in read.stored.gone:
            with ui.element("figure").classes("gone"):
                sign("image_not_supported")
                words("p", t("items.gone", camera=frame.camera, time=time_text(frame.gone_ms or 0)))
                why = f"items.gone_{frame.gone_why}"
                words("p", t(why) if t.has(why) else frame.gone_why or "", "okko-quiet")
    if not read.stored.frames and not read.stored.gone:
        words("p", t("items.no_frames"), "okko-quiet")
    if any(one.predictions or one.drawn for _, one in shown):
        _overlay_switch(visit, shown)


def _overlay_switch(visit: Visit, shown: list[tuple[ui.element, Pictured]]) -> None:
    def switch() -> None:
        button.props["aria-pressed"] = "false" if button.props["aria-pressed"] == "true" else "true"
        drawn = button.props["aria-pressed"] == "true"
        for element, one in shown:
            show(element, one if drawn else msgspec.structs.replace(one, predictions=(), drawn=()))
        button.update()

    button = ui.element("button").classes("okko-button").props("type=button aria-pressed=true data-key=d")
    button.on("click", switch)
    with button:
        words("span", visit.t("items.overlays"))


def _caption(visit: Visit, frame: StoredFrame, told: c.Item, drawing: Drawing | None) -> None:
    t = visit.t
    with ui.element("figcaption"):
        words("strong", frame.camera)
        for prediction in predictions_of(told, frame.frame_id):
            shadow = f" ({t('items.shadow')})" if prediction.shadow else ""
            words("span", f"{prediction.model.name}{shadow}: {said(prediction)}")
        if drawing is not None:
            words("span", t("items.drawn", count=len(drawing.annotations), by=drawing.by))
        link(f"/picture/{frame.frame_id}?download=1", t("items.download"))


def _findings(visit: Visit, told: c.Item) -> None:
    t = visit.t
    with ui.element("section").classes("okko-card"):
        words("h2", t("items.findings"))
        with ui.element("ul").classes("okko-list"):
            for finding in told.findings:
                with ui.element("li"):
                    verdict(finding.verdict)
                    words("span", finding.camera or "")
                    words("span", finding.text)
                    words("span", finding.rule, "okko-quiet")
                    if finding.borderline:
                        words("span", t("items.borderline"), "okko-chip borderline")
        if not told.findings:
            words("p", told.finding or t("items.no_findings"))


def _time(visit: Visit, told: c.Item) -> None:
    with ui.element("section").classes("okko-card"):
        words("h2", visit.t("items.time"))
        draw(visit.t, timeline(told, visit.desk.station.station.deadline_ms), deadline_met=told.deadline_met)


def _trigger(visit: Visit, told: c.Item) -> None:
    t = visit.t
    with ui.element("section").classes("okko-card"):
        words("h2", t("items.trigger"))
        with ui.element("dl").classes("okko-pairs"):
            for key, value in carried(told.trigger):
                words("dt", key or t("items.as_text"))
                words("dd", value)
            words("dt", t("items.item_id"))
            words("dd", told.item_id)
            words("dt", t("items.recipe"))
            words("dd", told.recipe or "-")


def _raw(visit: Visit, read: _Read, told: c.Item) -> None:
    t = visit.t
    with ui.element("p").classes("okko-row"):
        link(f"/api/items/{told.item_id}", t("items.download_json"), "okko-button")
        link(f"/api/items/{told.item_id}/all", t("items.download_all"), "okko-button")
    with ui.element("details").classes("okko-raw"):
        words("summary", t("items.raw"))
        words("pre", msgspec.json.format(read.stored.item, indent=2)).props("tabindex=0")


def _instant(text: str) -> str:
    from okko.clock import parse_utc

    return parse_utc(text).astimezone(now().tzinfo).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
