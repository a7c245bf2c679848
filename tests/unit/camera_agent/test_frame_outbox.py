"""A frame is held until its receipt, over a restart too, and comes again behind live traffic."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from camera_agent import frames
from camera_agent.frame_outbox import FrameOutbox
from camera_agent.settings import CameraSettings
from camera_agent.shot import Shot
from camera_agent.sources.folder import FolderSource
from okko import contracts as c
from okko.agent import Incoming
from okko.outbox import OutboxSettings
from okko.stats import StatsBook
from okko.topics import SPECS, Address, Topics

SOON = OutboxSettings(timeout_s=0.01)
LATER = OutboxSettings(timeout_s=3600)


@dataclass
class FakeRuntime:
    """The part of the runtime that the outbox uses; what is published is kept."""

    name: str = "camera-top"
    connected: bool = True
    topics: Topics = field(default_factory=lambda: Topics("okko/v1/a/b/c"))
    stats: StatsBook = field(default_factory=StatsBook)
    handlers: dict[str, Callable[[Incoming], None]] = field(default_factory=dict)
    sent: asyncio.Queue[tuple[str, bytes]] = field(default_factory=asyncio.Queue)
    events: Counter[str] = field(default_factory=Counter)

    def on(self, key: str, handler: Callable[[Incoming], None], **_names: str) -> None:
        """Note who handles what."""
        self.handlers[key] = handler

    def publish(self, address: Address, payload: bytes) -> bool:
        """Keep it."""
        self.sent.put_nowait((address.topic, payload))
        return True

    def event(self, _severity: str, code: str, _text: str) -> None:
        """Count it."""
        self.events[code] += 1

    def receive(self, key: str, message: c.Message) -> None:
        """Have a message handled as if it came from the broker."""
        self.handlers[key](Incoming(c.encode(message), False, SPECS[key], {}, ""))  # noqa: FBT003 - not retained


@pytest.fixture
def packed(capture_of: Callable[..., c.Capture]) -> Callable[[str], frames.PackedFrame]:
    """A frame of an item."""

    def make(item_id: str) -> frames.PackedFrame:
        settings = CameraSettings(name="top", source=FolderSource(path=Path("images")))
        shot = Shot(1, 1, 1, 1, "a.jpg", encoded=b"bytes", encoding="jpeg")
        return frames.pack(settings, capture_of(item_id), f"{item_id}.top.0-0000", shot, {})

    return make


Packed = Callable[[str], frames.PackedFrame]


@asynccontextmanager
async def _outbox(
    path: Path, settings: OutboxSettings, state: Any = None  # noqa: ANN401 - a namespace with `busy`
) -> AsyncIterator[tuple[FrameOutbox, FakeRuntime]]:
    runtime = FakeRuntime()
    busy = state or SimpleNamespace(busy=False)
    outbox = FrameOutbox(runtime, settings, path, "top", lambda: busy.busy)  # type: ignore[arg-type] # the fake
    resending = asyncio.ensure_future(outbox.resend())
    try:
        yield outbox, runtime
    finally:
        resending.cancel()
        await outbox.stop()


async def _next(runtime: FakeRuntime) -> tuple[str, bytes]:
    return await asyncio.wait_for(runtime.sent.get(), 30)


@pytest.mark.asyncio
async def test_without_a_receipt_the_frame_comes_again(tmp_path: Path, packed: Packed) -> None:
    """On a topic of its own, with the bytes that were published first."""
    async with _outbox(tmp_path, SOON) as (outbox, runtime):
        frame = packed("item-1")
        outbox.keep(frame)
        assert await _next(runtime) == ("okko/v1/a/b/c/record/frame/top", frame.payload)


@pytest.mark.asyncio
async def test_a_receipt_deletes_the_file(tmp_path: Path, packed: Packed) -> None:
    """What is safely stored takes no room here."""
    async with _outbox(tmp_path, LATER) as (outbox, runtime):
        frames_ = [packed("item-1"), packed("item-2")]
        for frame in frames_:
            outbox.keep(frame)
        runtime.receive("receipt", c.Receipt(ids=(frames_[0].frame_id, "foreign"), instance_id="r"))
    assert [path.name for path in tmp_path.iterdir()] == [f"{frames_[1].frame_id}.msgpack"]


@pytest.mark.asyncio
async def test_what_is_left_from_before_comes_again(tmp_path: Path, packed: Packed) -> None:
    """A killed agent's frames are sent by its successor."""
    frame = packed("item-1")
    async with _outbox(tmp_path, LATER) as (outbox, _):
        outbox.keep(frame)
    async with _outbox(tmp_path, LATER) as (_, runtime):
        assert (await _next(runtime))[1] == frame.payload


@pytest.mark.asyncio
async def test_a_new_recorder_is_sent_everything(tmp_path: Path, packed: Packed) -> None:
    """It appears, so it may lack what was published before."""
    async with _outbox(tmp_path, LATER) as (outbox, runtime):
        frame = packed("item-1")
        outbox.keep(frame)
        state = c.AgentState(agent="recorder", state="online", instance_id="new", version="1", since="")
        runtime.receive("agent", state)
        assert (await _next(runtime))[1] == frame.payload


@pytest.mark.asyncio
async def test_a_torn_file_is_dropped_and_told(tmp_path: Path, packed: Packed) -> None:
    """It would be refused for ever; the good ones behind it still go."""
    (tmp_path / "torn.msgpack").write_bytes(b"half a frame")
    async with _outbox(tmp_path, SOON) as (outbox, runtime):
        frame = packed("item-1")
        outbox.keep(frame)
        assert (await _next(runtime))[1] == frame.payload
        assert runtime.events["outbox_dropped"] == 1
    assert not (tmp_path / "torn.msgpack").exists()


@pytest.mark.asyncio
async def test_frames_of_ok_items_go_first(tmp_path: Path, packed: Packed) -> None:
    """When full, the frame of the item that was OK is dropped, counted and told."""
    frames_ = [packed("item-1"), packed("item-2"), packed("item-3")]
    room = OutboxSettings(max_bytes=sum(len(frame.payload) for frame in frames_[:2]), timeout_s=3600)
    async with _outbox(tmp_path, room) as (outbox, runtime):
        for frame in frames_[:2]:
            outbox.keep(frame)
        runtime.receive("verdict", _verdict("item-2", "OK"))
        outbox.keep(frames_[2])
        assert runtime.stats.counters["outbox_dropped"] == 1
        assert runtime.events["outbox_dropped"] == 1
    left = sorted(path.name.split(".")[0] for path in tmp_path.iterdir())
    assert left == ["item-1", "item-3"]


@pytest.mark.asyncio
async def test_a_disk_that_takes_nothing_is_told(tmp_path: Path, packed: Packed) -> None:
    """The camera goes on; people hear that its frames are not held."""
    (tmp_path / "file").write_text("in the way")
    async with _outbox(tmp_path / "file" / "outbox", LATER) as (outbox, runtime):
        outbox.keep(packed("item-1"))
        while not runtime.events["outbox_dropped"]:
            await asyncio.sleep(0.001)
        assert runtime.stats.gauges["outbox_frames"] in (0, 1)


def _verdict(item_id: str, verdict: c.VerdictWord) -> c.Verdict:
    return c.Verdict(
        item_id=item_id,
        part_id="",
        seq=None,
        verdict=verdict,
        reason="rules",
        finding=None,
        borderline=False,
        triggered_at="",
        decided_at="",
        latency_ms=1.0,
        deadline_met=True,
        duplicate=False,
        recipe="default",
        station="line-1",
    )
