"""Whole items on their way to the recorder: told once, and again for want of a receipt."""

import asyncio
from collections import OrderedDict

from decision_agent import outputs as o
from decision_agent.journal import Ending
from decision_agent.keeper import Keeper
from okko import clock
from okko import contracts as c
from okko.agent import Incoming, Runtime
from okko.station import Station

MAX_RESENT = 8
"""How many items are under way a second time at once: a backlog must not stand before live ones."""

RECEIPT_TIMEOUT_NS = 5_000_000_000
PERIOD_S = 0.05
FRESHLY_SENT = 2048


class Archive:
    """The decision agent's outbox; the journal is its store."""

    def __init__(self, station: Station, runtime: Runtime, keeper: Keeper) -> None:
        self._runtime = runtime
        self._keeper = keeper
        self._records = station.recorder is not None
        self._item = runtime.topics.build("item")
        self._again = runtime.topics.build("record_item")
        self._sent_ns: OrderedDict[str, int] = OrderedDict()
        self._resent_ns: dict[str, int] = {}
        self._receipts: list[str] = []
        self._recorder: str | None = None
        self._after = 0
        self._look_due_ns = 0
        if self._records:
            runtime.on("receipt", self._on_receipt, agent="decision")

    def add(self, item: c.Item) -> None:
        """An item is complete: keep it, and tell it.

        It is in the journal before anyone hears of it: a process killed in between would give its `record_seq` to
        another item, and tell a poorer story of this one.
        """
        payload = c.encode(item)
        if self._records:
            self._keeper.finished([(item.item_id, item.record_seq, payload)])
        self.tell(item.item_id, payload)

    def keep_refused(self, admitted: o.Admitted, unix_ns: int, decided: o.Decided, item: c.Item) -> bytes:
        """An item is complete as it comes: all of it goes into the journal at once. Gives what is to be told of it."""
        payload = c.encode(item)
        story = (item.record_seq, payload) if self._records else None
        self._keeper.refused(admitted, unix_ns, Ending(decided.verdict, decided.nth, story))
        return payload

    def tell(self, item_id: str, payload: bytes) -> None:
        """Tell an item that is in the journal."""
        self._runtime.publish(self._item, payload)
        if self._records:
            self._sent_ns[item_id] = clock.mono_ns()
            while len(self._sent_ns) > FRESHLY_SENT:
                self._sent_ns.popitem(last=False)

    def on_agent(self, state: c.AgentState) -> None:
        """A recorder that is new may have lost what was on its way: what has no receipt is sent again at once."""
        if state.agent == "recorder" and state.state == "online" and state.instance_id != self._recorder:
            self._recorder = state.instance_id
            self._sent_ns.clear()
            self._resent_ns.clear()
            self._after = 0
            self._look_due_ns = 0

    async def run(self) -> None:
        """Take receipts, send again what has none; all of it off the path."""
        while True:
            await asyncio.sleep(PERIOD_S)
            self.flush()
            if self._records and self._runtime.connected and self._recorder is not None:
                self._resend(clock.mono_ns())

    def flush(self) -> None:
        """Write receipts to the journal."""
        if self._receipts:
            receipts, self._receipts = self._receipts, []
            self._keeper.receipted(receipts)

    def _on_receipt(self, incoming: Incoming) -> None:
        receipt = c.decode(c.Receipt, incoming.payload)
        for item_id in receipt.ids:
            self._sent_ns.pop(item_id, None)
            self._resent_ns.pop(item_id, None)
        self._receipts += receipt.ids
        if self._resent_ns or self._after:
            self._look_due_ns = 0

    def _resend(self, now_ns: int) -> None:
        """Send again what has waited too long for its receipt, oldest first, a few at a time."""
        for item_id, sent_ns in list(self._resent_ns.items()):
            if now_ns - sent_ns > RECEIPT_TIMEOUT_NS:
                del self._resent_ns[item_id]
                self._after = 0
        room = MAX_RESENT - len(self._resent_ns)
        if room <= 0 or now_ns < self._look_due_ns:
            return
        waiting = self._keeper.unreceipted(self._after, room + len(self._resent_ns))
        for item_id, record_seq, payload in waiting:
            if item_id in self._resent_ns:
                continue
            if now_ns - self._sent_ns.get(item_id, -RECEIPT_TIMEOUT_NS) < RECEIPT_TIMEOUT_NS:
                break  # the rest is younger still
            if room <= 0:
                break
            self._after = record_seq
            # What the broker does not take, being too large for it, must not stand before those behind it.
            if self._runtime.publish(self._again, payload):
                room -= 1
                self._resent_ns[item_id] = now_ns
                self._runtime.stats.count("items_resent")
        else:
            if not waiting:
                self._after = 0
                self._look_due_ns = now_ns + RECEIPT_TIMEOUT_NS // 5
            return
        self._look_due_ns = now_ns + RECEIPT_TIMEOUT_NS // 5
