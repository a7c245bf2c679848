"""Items that wait for their receipt: what is sent again, and what does not stand in the way of others."""

import asyncio
import contextlib
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

from decision_agent.archive import MAX_RESENT, Archive
from decision_agent.keeper import Keeper
from okko import contracts as c
from okko.agent import Incoming, Runtime
from okko.station import Station
from okko.stats import StatsBook
from okko.topics import Topics

TOPICS = Topics("okko/v1/canario/ducks/line-1")


class _Runtime:
    """Connected; refuses what is in `refused`, as what is too large for the broker."""

    def __init__(self) -> None:
        self.topics = TOPICS
        self.stats = StatsBook()
        self.connected = True
        self.refused: set[bytes] = set()
        self.sent: list[bytes] = []
        self.on_receipt: Any = None

    def on(self, _key: str, handler: Any, **_names: object) -> None:
        self.on_receipt = handler

    def publish(self, _address: object, payload: bytes) -> bool:
        if payload in self.refused:
            return False
        self.sent.append(payload)
        return True


class _Keeper:
    """A journal of items 1 to `count`, by their number."""

    def __init__(self, count: int) -> None:
        self.waiting = {f"item-{number}": number for number in range(1, count + 1)}

    def unreceipted(self, after: int, limit: int) -> list[tuple[str, int, bytes]]:
        due = [(item_id, number) for item_id, number in self.waiting.items() if number > after]
        return [(item_id, number, b"%d" % number) for item_id, number in due[:limit]]

    def receipted(self, item_ids: Sequence[str]) -> None:
        for item_id in item_ids:
            self.waiting.pop(item_id, None)


def _archive(count: int) -> tuple[Archive, _Runtime, _Keeper]:
    runtime, keeper = _Runtime(), _Keeper(count)
    station = cast("Station", SimpleNamespace(recorder=object()))
    archive = Archive(station, cast("Runtime", runtime), cast("Keeper", keeper))
    archive.on_agent(
        c.AgentState(
            agent="recorder",
            state="online",
            why="",
            instance_id="one",
            version="0",
            since="2026-11-25T18:00:00.000Z",
            serves=("record",),
            host="box",
            pid=1,
        )
    )
    return archive, runtime, keeper


async def _until(archive: Archive, runtime: _Runtime, count: int, *, receipts: bool) -> None:
    """Run until so many have been sent, each receipted at once where that is wanted."""
    task = asyncio.ensure_future(archive.run())
    told = 0
    async with asyncio.timeout(20):
        while len(runtime.sent) < count:
            await asyncio.sleep(0.01)
            ids = tuple(f"item-{int(payload)}" for payload in runtime.sent[told:])
            told = len(runtime.sent)
            if receipts and ids:
                payload = c.encode(c.Receipt(instance_id="one", ids=ids))
                runtime.on_receipt(cast("Incoming", SimpleNamespace(payload=payload)))
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_a_backlog_is_sent_again_in_its_order_eight_at_a_time() -> None:
    """Without a receipt no more than eight are under way; with them all come, oldest first."""
    archive, runtime, keeper = _archive(30)
    await _until(archive, runtime, MAX_RESENT, receipts=False)
    assert runtime.sent == [b"%d" % number for number in range(1, MAX_RESENT + 1)]
    archive, runtime, keeper = _archive(30)
    await _until(archive, runtime, 30, receipts=True)
    archive.flush()
    assert runtime.sent == [b"%d" % number for number in range(1, 31)]
    assert keeper.waiting == {}


async def test_items_that_the_broker_does_not_take_do_not_stand_before_the_others() -> None:
    """However many there are: those behind them come."""
    archive, runtime, keeper = _archive(40)
    runtime.refused = {b"%d" % number for number in range(1, 21)}
    await _until(archive, runtime, 20, receipts=True)
    archive.flush()
    assert runtime.sent == [b"%d" % number for number in range(21, 41)]
    assert set(keeper.waiting.values()) == set(range(1, 21))
