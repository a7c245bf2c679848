"""Holds each published frame until the recorder says that it is on disk, and sends it again for want of that."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from camera_agent.frames import PackedFrame
from camera_agent.outbox_folder import DamagedFrame, OutboxFolder
from okko import clock
from okko import contracts as c
from okko.agent import Incoming, Runtime
from okko.outbox import MIB, Outbox, OutboxSettings

MAX_UNWRITTEN_BYTES = 64 * MIB
"""Frames in memory that the disk has not taken yet. Beyond it a frame is not kept: live frames need the memory."""

_TICK_S = 0.05
_MAX_PAUSE_NS = 1_000_000_000
_EVENT_PAUSE_NS = 10_000_000_000


class FrameOutbox:
    """The outbox of one camera: the bookkeeping on the event loop, the files in a thread of their own."""

    def __init__(
        self, runtime: Runtime, settings: OutboxSettings, path: Path, camera: str, is_busy: Callable[[], bool]
    ) -> None:
        self._runtime = runtime
        self._book = Outbox(settings.max_bytes, round(settings.timeout_s * 1e9))
        self._folder = OutboxFolder(path)
        self._address = runtime.topics.build("record_frame", camera=camera)
        self._is_busy = is_busy
        self._writer = ThreadPoolExecutor(1, thread_name_prefix=f"outbox-{camera}")
        self._unwritten_bytes = 0
        self._dropped = 0
        self._told_ns = -_EVENT_PAUSE_NS
        self._resent_ns = 0
        self._stopped = False
        runtime.on("receipt", self._on_receipt, agent=runtime.name)
        # Without an ack: a verdict that is missed leaves its frame among those that go last.
        runtime.on("verdict", self._on_verdict, qos=0)
        runtime.on("agent", self._on_recorder, agent="recorder")

    def keep(self, frame: PackedFrame) -> None:
        """Hold a frame that was just published. The disk is written to behind the publish, never before it."""
        size = len(frame.payload)
        if self._unwritten_bytes + size > MAX_UNWRITTEN_BYTES:
            self._tell_dropped(1, "the disk is too slow")
            return
        self._delete(self._book.add(frame.frame_id, frame.item_id, size, clock.mono_ns()), "the outbox is full")
        if frame.frame_id not in self._book:
            return
        self._unwritten_bytes += size
        writing = asyncio.get_running_loop().run_in_executor(self._writer, self._write, frame)
        writing.add_done_callback(lambda done: self._written(frame, done.exception()))
        self._gauge()

    async def resend(self) -> None:
        """Send again what has no receipt, behind live traffic; until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            left_over = await loop.run_in_executor(self._writer, self._folder.left_over)
        except OSError as error:
            self._runtime.event("error", "outbox_failed", f"{self._folder.path}: {error}; frames are not held")
            left_over = ()
        self._delete(self._book.add_left_overs(left_over, clock.mono_ns()), "the outbox is full")
        while True:
            await asyncio.sleep(_TICK_S)
            if self._runtime.connected:
                for frame_id in self._turn():
                    try:
                        payload = await loop.run_in_executor(self._writer, self._folder.read, frame_id)
                    except DamagedFrame as damaged:
                        self._give_up(frame_id, damaged)
                        continue
                    self._send(frame_id, payload)
                    if self._is_busy() or (payload is not None and len(payload) > MIB):
                        break  # a live frame must not find the connection full of old ones
            self._gauge()

    async def stop(self) -> None:
        """Write what is still in memory."""
        self._stopped = True
        await asyncio.to_thread(self._writer.shutdown)

    def _turn(self) -> tuple[str, ...]:
        now_ns = clock.mono_ns()
        return behind_live(self._book.due(now_ns), busy=self._is_busy(), pause_ns=now_ns - self._resent_ns)

    def _send(self, frame_id: str, payload: bytes | None) -> None:
        if frame_id not in self._book:
            return  # its receipt came while the file was read
        if payload is None:
            self._book.remove(frame_id)
            self._delete((frame_id,), "the file is not readable")
            return
        sent = self._runtime.publish(self._address, payload)
        self._resent_ns = clock.mono_ns()
        # Its turn is over also where it cannot go, being larger than the broker takes: else it is read from the disk
        # again and again, twenty times a second, and the frames behind it never come.
        self._book.resent(frame_id, self._resent_ns)
        if sent:
            self._runtime.stats.count("frames_resent")

    def _give_up(self, frame_id: str, damaged: DamagedFrame) -> None:
        """Its file is damaged: the record will lack this frame, unless it has it already."""
        self._book.remove(frame_id)
        self._runtime.stats.count("outbox_damaged")
        self._runtime.event("error", "outbox_damaged", f"{self._folder.path}: {damaged}; moved aside, not recorded")

    def _on_receipt(self, incoming: Incoming) -> None:
        receipt = c.decode(c.Receipt, incoming.payload)
        stored = self._book.received(receipt.ids)
        # Once stopped, a file stays: it comes again at the next start, and is receipted again.
        if stored and not self._stopped:
            self._writer.submit(self._folder.delete, stored)
        self._gauge()

    def _on_verdict(self, incoming: Incoming) -> None:
        verdict = c.decode(c.Verdict, incoming.payload)
        self._book.decided(verdict.item_id, verdict.verdict)

    def _on_recorder(self, incoming: Incoming) -> None:
        if incoming.payload:
            state = c.decode(c.AgentState, incoming.payload)
            self._book.recorder(state.instance_id, online=state.state == "online", now_ns=clock.mono_ns())

    def _write(self, frame: PackedFrame) -> None:
        # A receipt is often faster than the disk: what is stored already needs no file.
        if frame.frame_id in self._book:
            self._folder.write(frame.frame_id, frame.payload)

    def _written(self, frame: PackedFrame, error: BaseException | None) -> None:
        self._unwritten_bytes -= len(frame.payload)
        if error is not None:
            self._book.remove(frame.frame_id)
            self._tell_dropped(1, str(error))
            self._gauge()

    def _delete(self, frame_ids: tuple[str, ...], why: str) -> None:
        if frame_ids:
            self._writer.submit(self._folder.delete, frame_ids)
            self._tell_dropped(len(frame_ids), why)

    def _tell_dropped(self, count: int, why: str) -> None:
        """Count what the record loses, and tell people so: now, and then every ten seconds at most."""
        self._runtime.stats.count("outbox_dropped", count)
        self._dropped += count
        now_ns = clock.mono_ns()
        if now_ns - self._told_ns >= _EVENT_PAUSE_NS:
            self._told_ns = now_ns
            text = f"{self._dropped} frames are not held until the recorder has them: {why}"
            self._dropped = 0
            self._runtime.event("warning", "outbox_dropped", text)

    def _gauge(self) -> None:
        self._runtime.stats.gauge("outbox_frames", len(self._book))
        self._runtime.stats.gauge("outbox_bytes", self._book.size_bytes)


def behind_live(due: tuple[str, ...], *, busy: bool, pause_ns: int) -> tuple[str, ...]:
    """What of that may be sent again now: all of it between captures, one each second while they never cease."""
    if not busy:
        return due
    return due[:1] if pause_ns > _MAX_PAUSE_NS else ()
