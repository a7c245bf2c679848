"""The way up: every item that is recorded goes to a second broker, at least once, and never at the cost of the record.

What is just recorded goes at once; the backlog follows from the store's table in the order of `record_seq`, at a
bounded rate. Nothing is queued in memory: what does not fit into the window is left in the table and read again.
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from okko import clock
from okko import contracts as c
from okko.agent import Runtime
from okko.errors import BrokerRefused, ConfigError, ContractError
from okko.session import Received, Session, SessionOptions, Subscription
from okko.topics import SPECS, Topics
from recorder.beside import NotThereYet
from recorder.records import ItemRow
from recorder.uplink_settings import UplinkSettings
from recorder.uplink_store import NEVER, UplinkStore, Waiting
from recorder.uplink_window import Pace, Window

log = logging.getLogger(__name__)

T = TypeVar("T")

PAGE_ITEMS = 64
PAGE_BYTES = 1024 * 1024
"""How much of the backlog is in memory at once."""

UNACKED_BYTES = 512 * 1024
"""What of the backlog may wait for the broker's PUBACK: an item that is just recorded has this much before it on a slow
line."""

PACKET_OVERHEAD_BYTES = 64
"""What a packet has beside topic and payload: header, packet id, content type and schema. A few bytes too many."""

MAX_RECEIPTS = 4096
"""How many ids of receipts may wait to be marked; a hub repeats what is dropped when its item comes again."""

REFUSED_RETRY_S = 30.0
REJECTED_RETRY_S = 2.0
STORE_RETRY_S = 1.0
LOOK_S = 1.0
SETTLE_GAP_S = 0.1
"""How long the store is left to its writer between two groups of marks: SQLite's lock is not fair, and who asks for it
again at once keeps it from the other."""

AWAY_S = 2.0
"""A connection that is gone for less is not worth telling people about."""

FLUSH_S = 0.5
SETTLE_S = 0.5
"""How long a stop waits for what is under way, and then for its marks in the store."""

_NOBODY = 0x10
_REFUSED = 0x80
_PAYLOAD_INVALID = 0x99


class Uplink:
    """The recorder's second connection. All methods run on the loop; the store is used in a thread of its own."""

    def __init__(self, runtime: Runtime, folder: Path, settings: UplinkSettings, central_base: str) -> None:
        topics = Topics(central_base)
        self._runtime = runtime
        self._stats = runtime.stats
        self._folder = folder
        self._settings = settings
        self._by_hub = settings.receipts == "hub"
        self._item = topics.build("item")
        self._receipt = topics.build("receipt", agent=runtime.name)
        self._window = Window()
        self._pace = Pace(settings.max_items_per_s)
        self._page: deque[Waiting] = deque()
        self._behind = True
        """Whether the table may hold what is not under way."""
        self._not_before_ns = 0
        self._new_limit = False
        self._lost_ns: int | None = clock.mono_ns()
        self._told_lost = False
        self._told: set[str] = set()
        self._changed = asyncio.Event()
        self._unsettled = asyncio.Event()
        self._store: UplinkStore | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recorder-uplink")
        self._session = Session(
            settings,
            SessionOptions(
                client_id=f"okko-{runtime.topics.base.replace('/', '-')}-uplink",
                subscriptions=[Subscription(self._receipt.topic)] if self._by_hub else [],
                on_message=self._received,
                on_connect=self._connected,
                on_disconnect=self._disconnected,
            ),
        )

    def recorded(self, rows: Sequence[ItemRow]) -> None:
        """Items have just been recorded, and noted in the table: they go at once where there is room."""
        for row in rows:
            fits = self._session.connected and self._room(live=True) > 0
            if not fits or not self._publish(Waiting(row.item_id, row.item)):
                self._behind = True
        self._changed.set()

    def reopen(self) -> None:
        """The writer has opened the store anew: what we hold open may lie in a folder that is no more."""
        with contextlib.suppress(RuntimeError):  # we have ended already
            self._thread.submit(self._close)
        self._read_again()
        self._changed.set()

    async def run(self) -> None:
        """Send until cancelled; then give what is under way a moment to arrive."""
        async with asyncio.TaskGroup() as outer:
            session = outer.create_task(self._keep_connected(), name="uplink-session")
            try:
                async with asyncio.TaskGroup() as inner:
                    for task in (self._send_backlog, self._settle, self._look):
                        inner.create_task(task(), name=f"uplink-{task.__name__}")
            finally:
                await self._finish()
                session.cancel()

    async def _keep_connected(self) -> None:
        """The session; a broker that does not want us is asked again, since the record does not depend on it."""
        while True:
            try:
                await self._session.run()
            except (BrokerRefused, ConfigError) as error:
                if self._is_news("uplink_refused"):
                    self._runtime.event("error", "uplink_refused", str(error))
                await asyncio.sleep(REFUSED_RETRY_S)

    def _connected(self) -> None:
        log.info("connected to %s", self._settings.url)
        self._lost_ns = None
        self._not_before_ns = 0
        self._new_limit = True
        self._read_again()
        self._told.discard("uplink_refused")
        if self._told_lost:
            self._told_lost = False
            self._runtime.event("info", "uplink_back", f"{self._settings.url} is there again")
        self._changed.set()
        self._unsettled.set()

    def _disconnected(self, _why: str) -> None:
        self._lost_ns = clock.mono_ns()
        self._stats.count("uplink_disconnects")
        if (suspect := self._window.lost()) is not None:
            self._give_up(suspect, NEVER)
            hangs_up = f"item {suspect} does not go up: the broker hangs up whenever it is sent"
            self._runtime.event("error", "uplink_given_up", hangs_up, suspect)
        self._page.clear()

    def _received(self, received: Received) -> None:
        try:
            if received.retain or len(received.payload) > SPECS["receipt"].max_bytes:
                raise ContractError("Receipt", "retained, or larger than any receipt")
            receipt = c.decode(c.Receipt, received.payload)
        except ContractError as error:
            self._runtime.dead_letter(received.topic, received.payload, str(error))
            return
        room = MAX_RECEIPTS - len(self._window)
        self._arrived(receipt.ids[: max(0, room)])

    def _room(self, *, live: bool) -> int:
        """How many items may follow just now."""
        connack = self._session.connack
        unacked_max = connack.receive_maximum if connack is not None else 1
        if not live:
            # The other half is for what is recorded meanwhile.
            unacked_max = max(1, unacked_max // 2)
            if self._session.unacked_bytes >= UNACKED_BYTES:
                return 0
        return min(self._window.room(live=live), unacked_max - self._session.unacked)

    def _publish(self, waiting: Waiting) -> bool:
        """Send one item; False where it must be tried again."""
        payload = waiting.item.encode()
        packet_bytes = len(self._item.topic) + len(payload) + PACKET_OVERHEAD_BYTES
        limit = self._session.connack.max_packet_bytes if self._session.connack is not None else None
        if limit is not None and packet_bytes > limit:
            self._give_up(waiting.item_id, packet_bytes)
            too_large = f"item {waiting.item_id} does not go up: {packet_bytes} bytes; the broker takes {limit}"
            self._runtime.event("error", "uplink_too_large", too_large, waiting.item_id)
            return True
        due_ns = clock.mono_ns() + round(self._settings.receipt_timeout_s * 1e9) if self._by_hub else None
        self._window.published(waiting.item_id, packet_bytes, due_ns)
        if not self._session.publish(self._item, payload, on_answer=partial(self._answered, waiting.item_id)):
            self._window.failed(waiting.item_id)
            return False
        self._stats.count("uplink_published")
        return True

    def _answered(self, item_id: str, code: int) -> None:
        """What the broker's PUBACK says."""
        url = self._settings.url
        if code == _PAYLOAD_INVALID:
            self._give_up(item_id, NEVER)
            not_valid = f"item {item_id} does not go up: the broker says that its payload is not valid"
            self._runtime.event("error", "uplink_given_up", not_valid, item_id)
        elif code >= _REFUSED:
            self._hold(item_id)
            if self._is_news("uplink_rejected"):
                self._runtime.event("warning", "uplink_rejected", f"{url} does not take items: code {code:#04x}")
        elif code == _NOBODY and (self._by_hub or self._settings.without_reader == "keep"):
            self._hold(item_id)
            if self._is_news("uplink_unheard"):
                unheard = f"nobody reads {self._item.topic} at {url}; items are kept"
                self._runtime.event("warning", "uplink_unheard", unheard)
        else:
            self._window.taken(item_id)
            self._window.cautious = False
            self._told -= {"uplink_rejected", "uplink_unheard"}
            if not self._by_hub:
                self._arrived((item_id,))
        self._changed.set()

    def _arrived(self, item_ids: Sequence[str]) -> None:
        self._stats.count("uplink_confirmed", sum(item_id in self._window for item_id in item_ids))
        self._window.arrived(item_ids)
        self._unsettled.set()

    def _hold(self, item_id: str) -> None:
        """It was not taken, and the next one will hardly be: try with one, after a while."""
        self._window.failed(item_id)
        self._window.cautious = True
        self._read_again()
        self._not_before_ns = clock.mono_ns() + round(REJECTED_RETRY_S * 1e9)

    def _give_up(self, item_id: str, packet_bytes: int) -> None:
        """Leave one item behind, so that the others get through."""
        self._window.give_up(item_id, packet_bytes)
        self._stats.count("uplink_given_up")
        self._unsettled.set()

    def _is_news(self, code: str) -> bool:
        """Whether people have not been told since it was last well."""
        news = code not in self._told
        self._told.add(code)
        return news

    async def _send_backlog(self) -> None:
        while True:
            self._changed.clear()
            if wait_s := await self._send_some():
                # Not wait_for: in Python 3.11 it may swallow a cancellation.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await self._changed.wait()

    async def _send_some(self) -> float:
        """Send of the backlog what may go now; gives how long to wait unless something changes."""
        now_ns = clock.mono_ns()
        if again := self._window.overdue(now_ns):
            self._stats.count("uplink_overdue", again)
            self._read_again()
        if not self._session.connected or now_ns < self._not_before_ns or self._room(live=False) <= 0:
            return LOOK_S
        if not self._page and not await self._read_page():
            return LOOK_S
        while self._page and self._session.connected:
            now_ns = clock.mono_ns()
            if self._room(live=False) <= 0:
                return LOOK_S
            if wait_s := self._pace.wait_s(now_ns):
                return min(wait_s, LOOK_S)
            waiting = self._page.popleft()
            if waiting.item_id not in self._window:
                self._pace.took(now_ns)
                if not self._publish(waiting):
                    self._read_again()
                    return LOOK_S
        return 0.0

    async def _read_page(self) -> bool:
        """Read on in the table; whether there is anything to send."""
        if not self._behind:
            return False
        self._behind = False  # before the read: what is left to the table from here on says so itself
        connections = self._session.connections
        ids = self._window.ids
        page = await self._in_thread(
            lambda store: store.waiting(without=ids, max_items=PAGE_ITEMS, max_bytes=PAGE_BYTES)
        )
        if page is None or page:
            self._behind = True
        if page and connections == self._session.connections:
            self._page.extend(page)
        return bool(self._page)

    def _read_again(self) -> None:
        """Begin with the first in the table that is not under way, so that the order holds."""
        self._page.clear()
        self._behind = True

    async def _settle(self) -> None:
        """Mark in the table what has arrived, a group at a time: all that came while the last group was written."""
        while True:
            await self._unsettled.wait()
            self._unsettled.clear()
            if self._new_limit:
                await self._let_fit()
            arrived, given_up = self._window.unsettled()
            if not arrived and not given_up:
                continue
            if await self._in_thread(partial(_settle, arrived=arrived, given_up=given_up)) is None:
                self._unsettled.set()
            else:
                self._window.settled(arrived, given_up)
                self._page = deque(waiting for waiting in self._page if waiting.item_id not in arrived)
                self._changed.set()
            await asyncio.sleep(SETTLE_GAP_S)

    async def _let_fit(self) -> None:
        """What another broker, or its old settings, would not have taken may fit now."""
        connack = self._session.connack
        limit = connack.max_packet_bytes if connack is not None else None
        fitting = await self._in_thread(lambda store: store.try_again(limit))
        if fitting is None:
            self._unsettled.set()
            return
        self._new_limit = False
        if fitting:
            self._read_again()
            self._changed.set()

    async def _look(self) -> None:
        """Tell people and gauges how it stands."""
        while True:
            backlog = await self._in_thread(UplinkStore.backlog)
            if backlog is not None:
                self._stats.gauge("uplink_backlog", backlog.waiting)
                self._stats.gauge("uplink_given_up", backlog.given_up)
            self._stats.gauge("uplink_connected", self._session.connected)
            self._stats.gauge("uplink_under_way", len(self._window))
            away_s = 0.0 if self._lost_ns is None else (clock.mono_ns() - self._lost_ns) / 1e9
            if away_s > AWAY_S and not self._told_lost:
                self._told_lost = True
                lost = f"{self._settings.url} is away; items are kept and go up when it is back"
                self._runtime.event("warning", "uplink_lost", lost)
            await asyncio.sleep(LOOK_S)

    async def _in_thread(self, work: Callable[[UplinkStore], T]) -> T | None:
        """Do something with the store; None, after a pause, where it cannot be done now."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._with_store, work)
        except NotThereYet:
            log.debug("the store is not there yet")
        except (sqlite3.Error, ConfigError) as error:
            # The writer tells people of a disk in trouble, and of a store that cannot be used.
            log.warning("the items that are still to go up cannot be read or marked: %s", error)
            self._stats.count("uplink_store_failed")
        await asyncio.sleep(STORE_RETRY_S)
        return None

    def _with_store(self, work: Callable[[UplinkStore], T]) -> T:
        if self._store is None:
            self._store = UplinkStore.open(self._folder)
        try:
            return work(self._store)
        except sqlite3.Error:
            # Opened anew next time: the folder may be another one by then.
            self._close()
            raise

    def _close(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            store.close()

    async def _finish(self) -> None:
        """Give what is under way a moment, and mark what has arrived; what is not marked goes up again."""
        await self._session.flushed(FLUSH_S)
        arrived, given_up = self._window.unsettled()
        loop = asyncio.get_running_loop()
        settle = partial(_settle, arrived=arrived, given_up=given_up)
        # Shielded: a thread cannot be interrupted. It ends with the process, and its marks are made by the next one.
        settling = asyncio.shield(loop.run_in_executor(self._thread, self._with_store, settle))
        with contextlib.suppress(sqlite3.Error, ConfigError, NotThereYet, TimeoutError):
            await asyncio.wait_for(settling, SETTLE_S)
        self._thread.submit(self._close)
        self._thread.shutdown(wait=False)


def _settle(store: UplinkStore, arrived: Sequence[str], given_up: Mapping[str, int]) -> int:
    return store.settle(arrived, given_up)
