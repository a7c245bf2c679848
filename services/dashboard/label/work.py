"""Somebody's labelling: what is shown, and what each key does, for as long as the page is open."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from sqlite3 import Connection
from typing import Any

from nicegui import ui

from dashboard.items.label_bar import MAX_CLASSES, button, new_class
from dashboard.items.wanted import Wanted
from dashboard.label.coco import coco
from dashboard.label.queue import Queue
from dashboard.label.sizes import show_sizes
from dashboard.label.stage import draw, prefetch
from dashboard.record import NoRecord, of_record
from dashboard.shell.frame import link
from dashboard.shell.html import words
from dashboard.visit import Visit
from okko.clock import parse_utc
from okko.errors import OkkoError
from recorder.labelled import Sizes, sizes, to_look_at
from recorder.reader import Place, StoredLabel
from recorder.records import unix_ms
from recorder.search import Found, search

BATCH = 40


class Work:
    """The queue of one page, and how it is shown."""

    def __init__(self, visit: Visit, asked: Wanted) -> None:
        self._visit = visit
        self._asked = asked
        self._queue = Queue()
        self._sizes: Sizes | None = None
        self._classes: list[str] = []
        self._said: dict[str, ui.element] = {}
        self._ended = False
        self._after: Place | None = None
        self._fetching = asyncio.Lock()
        self._saying = asyncio.Lock()
        self._counting = asyncio.Lock()
        self._stale = False

    async def begin(self) -> None:
        """Fetch the first items and build the page.

        Raises:
            NoRecord: if the record cannot be read.
        """
        found, known = await of_record(self._visit.desk, lambda store: (self._read(store, 0), sizes(store)))
        self._sizes = known
        self._classes = list(known.classes[:MAX_CLASSES])
        self._queue.add(found)
        self._build()
        self._fill_buttons()
        self._show()

    def _read(self, store: Connection, passed_over: int) -> Sequence[Found]:
        """More items: of no filter the most doubtful by now, and when all of these were passed over, the newest."""
        if not self._asked.given:
            found = to_look_at(store, BATCH + passed_over)
            if len(found) > passed_over:
                return found
        query = self._asked.query
        if query.labelled is None and query.label is None:
            query = replace(query, labelled=False)
        page = search(store, query, after=self._after, newest_first=not self._asked.oldest_first, count=BATCH)
        self._after = page.found[-1].place if page.found else page.next_place
        self._ended = page.next_place is None
        return page.found

    async def _fetch(self) -> None:
        """Fetch more, where few are left."""
        if self._ended or not self._queue.wants_more or self._fetching.locked():
            return
        async with self._fetching:
            passed_over = self._queue.passed_over
            try:
                found = await of_record(self._visit.desk, lambda store: self._read(store, passed_over))
            except NoRecord as error:
                ui.notify(str(error), type="negative")
                return
            was_at_the_end = self._queue.current is None
            came = self._queue.add(found)
        if was_at_the_end and came:
            self._show()

    def _build(self) -> None:
        t = self._visit.t
        with ui.element("div").classes("okko-head"):
            words("strong", t("label.of_filters") if self._asked.given else t("label.doubtful"))
            link(self._asked.address("/items"), t("label.to_items"))
            self._progress = ui.element("span").props("role=status")
        self._buttons = ui.element("div").classes("okko-labels").props("role=group")
        self._buttons.props["aria-label"] = t("items.label_it")
        with ui.element("div").classes("okko-label-page"):
            self._stage = ui.element("div").classes("okko-stage")
            with ui.element("div").classes("okko-beside"):
                self._beside = ui.element("section").classes("okko-card")
                with ui.element("section").classes("okko-card"):
                    coco(self._visit, self._asked, self._count)
        self._ahead = ui.element("div").classes("okko-prefetch").props("aria-hidden=true")

    def _show(self) -> None:
        """The item in hand, and what can be said of it."""
        current = self._queue.current
        label = None if current is None or current.label is None else current.label.label
        for text, made in self._said.items():
            made.props(f"aria-pressed={'true' if text == label else 'false'}")
        self._stage.clear()
        with self._stage:
            draw(self._visit.t, self._queue.current)
        self._ahead.clear()
        with self._ahead:
            prefetch(self._queue)
        self._show_counts()

    def _show_counts(self) -> None:
        self._progress.clear()
        with self._progress:
            words("span", self._visit.t("label.progress", count=self._queue.done))
        self._beside.clear()
        with self._beside:
            if self._sizes is not None:
                show_sizes(self._visit.t, self._sizes)

    def _fill_buttons(self) -> None:
        """Not with each item: a key that is pressed meanwhile would be that of a button which is gone."""
        t = self._visit.t
        self._buttons.clear()
        with self._buttons:
            keys = [("o", "OK"), ("k", "KO"), *((str(n), one) for n, one in enumerate(self._classes, 1))]
            self._said = {text: button(text, key, partial(self._say, text)) for key, text in keys}
            new_class(self._visit, self._say)
            button(t("items.undo"), "u", self._undo)
            button(t("label.skip"), "s", partial(self._step, 1))
            button(t("label.back"), "ArrowLeft", partial(self._step, -1))
            button(t("label.on"), "ArrowRight", partial(self._step, 1))

    async def _step(self, by: int) -> None:
        self._queue.step(by)
        self._show()
        await self._fetch()

    async def _say(self, text: str) -> None:
        """Label the item in hand; the next one is shown before the recorder has answered."""
        waiting = self._queue.current
        if waiting is None:
            return
        if text not in {"OK", "KO", *self._classes} and len(self._classes) < MAX_CLASSES:
            self._classes.append(text)
            self._fill_buttons()
        self._queue.step(1)
        self._show()
        await self._fetch()
        async with self._saying:  # in the order of the keys
            try:
                result = await self._visit.act("label", item_id=waiting.item_id, label=text)
            except OkkoError as refused:
                why = self._visit.t("label.refused", part=waiting.told.part_id, why=str(refused))
                ui.notify(why, type="negative")
                self._queue.go_to(waiting.item_id)
                self._show()
                return
            self._queue.labelled(waiting.item_id, _label_in(result), result["entry"])
        if self._queue.current is not None and self._queue.current.item_id == waiting.item_id:
            self._show()  # somebody went back to it meanwhile
        await self._count()

    async def _undo(self) -> None:
        """Take the last label back, and show its item again."""
        async with self._saying:
            given = self._queue.last_given
            if given is None:
                ui.notify(self._visit.t("label.nothing_to_undo"))
                return
            try:
                result = await self._visit.act("label", item_id=given.item_id, undo=True, entry=given.entry)
            except OkkoError as refused:
                ui.notify(str(refused), type="negative")
                self._queue.forget_last()
                return
            self._queue.undone(None if result["label"] is None else _label_in(result))
        self._show()
        await self._count()

    async def _count(self) -> None:
        """Tell the sizes as they are by now, those of others' labels too; once for keys that come fast."""
        self._stale = True
        if self._counting.locked():
            return
        async with self._counting:
            while self._stale:
                self._stale = False
                with suppress(NoRecord):
                    self._sizes = await of_record(self._visit.desk, sizes)
        self._show_counts()


def _label_in(result: Mapping[str, Any]) -> StoredLabel:
    return StoredLabel(result["label"], result["golden"], result["by"], unix_ms(parse_utc(result["at"])))
