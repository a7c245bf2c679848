"""What the live page asks again and again: the newest of the line, made once for all browsers.

A browser asks for what is newer than it has, and again once it has drawn that: so it shows the newest and never falls
behind, however slow it is. Frames are asked of the broker only while somebody looks.
"""

import asyncio
from dataclasses import dataclass
from functools import partial

import anyio.to_thread
import msgspec
from msgspec import Raw

from dashboard.events.book import EventBook
from dashboard.live import shown
from dashboard.live.preview import Preview, preview_of
from dashboard.live.recorded import recorded_shots
from dashboard.live.shift import ShiftBook
from okko import clock
from okko.agent import Incoming, Runtime
from okko.contracts import Event, Frame
from okko.listener import Listener
from okko.session import Received
from okko.topics import Address
from okko.watch.seen import AT_QOS_0, KEYS, Now, Seen

SHORTEST_S = 0.12
"""Between two pictures of the line: faster than people see, and ten browsers cost little more than one."""

LONGEST_S = 1.0
"""After which there is a new one anyhow: `ready` and ages change by themselves."""

LOOKED_S = 15.0
"""So long after the last question somebody still looks."""

FRAMES_KEPT = 6
"""Of each camera, of those that browsers were told of: they may be a few behind."""


@dataclass(frozen=True, slots=True)
class _Camera:
    number: int
    frame_id: str
    encoded: Raw


class _Told:
    """A frame that browsers were told of, and the picture of it once somebody has asked."""

    def __init__(self, frame: Frame) -> None:
        self._frame: Frame | None = frame
        self._making: asyncio.Task[Preview | None] | None = None

    async def picture(self) -> Preview | None:
        """The picture, made once, beside the loop."""
        if self._making is None:
            self._making = asyncio.create_task(self._make())
        return await asyncio.shield(self._making)

    async def _make(self) -> Preview | None:
        frame, self._frame = self._frame, None  # its picture takes its place in memory
        return await anyio.to_thread.run_sync(preview_of, frame) if frame is not None else None


class Board:
    """Keeps what was seen of the station, and tells it to whoever asks."""

    def __init__(self, runtime: Runtime, target_per_min: float | None, shifts: ShiftBook, book: EventBook) -> None:
        self._runtime = runtime
        self._target = target_per_min
        self.shifts = shifts
        self._book = book
        self._noted: Event | None = None
        self.seen = Seen(tuple(camera.name for camera in runtime.station.cameras), _now())
        self._number = 1
        self._made_s = 0.0
        self._news = asyncio.Event()
        self._cameras: dict[str, _Camera] = {}
        self._looked_s = float("-inf")
        self._somebody = asyncio.Event()
        self._told: dict[str, dict[str, _Told]] = {}
        for key in KEYS:
            runtime.on(key, self._came, qos=0 if key in AT_QOS_0 else None)

    def looked_at(self) -> None:
        """Somebody looks: have frames come."""
        self._looked_s = asyncio.get_running_loop().time()
        self._somebody.set()

    async def news(self, since: int) -> bytes:
        """The line as JSON of `Shown`, as soon as it is newer than `since`; at the latest after a second."""
        loop = asyncio.get_running_loop()
        due = loop.time() + LONGEST_S
        while self._number <= since and (left := due - loop.time()) > 0:
            self._news.clear()
            try:
                async with asyncio.timeout(left):
                    await self._news.wait()
            except TimeoutError:
                break
        if (pause := self._made_s + SHORTEST_S - loop.time()) > 0:
            await asyncio.sleep(pause)
        return self._made(since)

    async def picture(self, camera: str, frame_id: str) -> Preview | None:
        """A frame among the newest, small enough for a page; None where it is none of them any more."""
        told = self._told.get(camera, {}).get(frame_id)
        return await told.picture() if told is not None else None

    async def watch_frames(self) -> None:
        """Listen to frames while somebody looks, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await self._somebody.wait()
            async with Listener(self._runtime.station, "frame", on_message=self._frame_came, at_qos_0=("frame",)):
                await self._recall()
                while (left := self._looked_s + LOOKED_S - loop.time()) > 0:  # noqa: ASYNC110 - moved on with each look
                    await asyncio.sleep(left)
                self._somebody.clear()

    async def _recall(self) -> None:
        """Have the frames of the last item from the record: nobody looked when they came, and no part may come now."""
        if not self.seen.verdicts:
            return
        read = partial(recorded_shots, self._runtime.station.data, self.seen.verdicts[-1].item_id)
        for camera, shot in (await anyio.to_thread.run_sync(read)).items():
            shown = self.seen.shots.get(camera)
            if camera in self.seen.cameras and (shown is None or shown.frame.item_id < shot.frame.item_id):
                self.seen.shots[camera] = shot
                self._number += 1
                self._news.set()

    def _came(self, incoming: Incoming) -> None:
        address = Address(incoming.topic, incoming.spec, incoming.names)
        received = Received(incoming.topic, incoming.payload, incoming.retain, None)
        self._take(address, received)

    def _frame_came(self, address: Address, received: Received) -> None:
        self._take(address, received)

    def _take(self, address: Address, received: Received) -> None:
        camera = address.names.get("camera", "")
        shot = self.seen.shots.get(camera)
        verdict = self.seen.take(address, received, _now())
        if verdict is not None:
            self.shifts.add(verdict)
        newest = self.seen.events[-1] if self.seen.events else None
        if newest is not None and newest is not self._noted:
            self._noted = newest
            self._book.add(newest)
        if address.spec.key in _QUIET and self.seen.shots.get(camera) is shot:
            return
        self._number += 1
        self._news.set()

    def _made(self, since: int) -> bytes:
        loop = asyncio.get_running_loop()
        self._made_s = loop.time()
        now = _now()
        connected = self._runtime.connected
        self._note_cameras()
        why, remedy = shown.readiness(self.seen, now, connected=connected)
        tally = self.shifts.tally
        return msgspec.json.encode(
            shown.Shown(
                number=self._number,
                connected=connected,
                ready=connected and self.seen.is_ready(now),
                why=why,
                remedy=remedy,
                last=self.seen.verdicts[-1] if self.seen.verdicts else None,
                strip=shown.beads(self.seen.verdicts),
                rate_per_min=self.seen.items_per_minute(now),
                target_per_min=self._target,
                shift=self.shifts.shown(),
                pareto=shown.pareto(tally),
                stages=self.seen.stages.percentiles(),
                whole=tally.latencies,
                deadline_ms=self._runtime.station.station.deadline_ms,
                cameras={name: one.encoded for name, one in self._cameras.items() if one.number > since},
                events=list(self.seen.events)[-shown.EVENTS :],
                agents=shown.agents(self.seen, now),
            )
        )

    def _note_cameras(self) -> None:
        for name, shot in self.seen.shots.items():
            before = self._cameras.get(name)
            if before is None or before.frame_id != shot.frame.frame_id:
                encoded = Raw(msgspec.json.encode(shown.camera_of(shot)))
                self._cameras[name] = _Camera(self._number, shot.frame.frame_id, encoded)
                told = self._told.setdefault(name, {})
                told[shot.frame.frame_id] = _Told(shot.frame)
                while len(told) > FRAMES_KEPT:
                    del told[next(iter(told))]


_QUIET = {"frame", "stats", "receipt", "ready", "count"}
"""What changes all the time by itself, or shows only with the item that follows: no reason for a new picture.

A frame that comes after its item is one.
"""


def _now() -> Now:
    return Now(clock.mono_ns(), clock.unix_ns())
