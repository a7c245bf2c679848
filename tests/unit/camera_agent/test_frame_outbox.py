"""A frame is held until its receipt, over a restart too, and comes again behind live traffic."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from camera_agent import frames
from camera_agent.frame_outbox import FrameOutbox, behind_live
from camera_agent.outbox_folder import OutboxFolder
from camera_agent.settings import CameraSettings
from camera_agent.shot import Shot
from camera_agent.sources.folder import FolderSource
from okko import contracts as c
from okko.outbox import MAX_RESENT, OutboxSettings

SOON = OutboxSettings(timeout_s=0.01)
LATER = OutboxSettings(timeout_s=3600)


@pytest.fixture
def packed(capture_of: Callable[..., c.Capture]) -> Callable[[str], frames.PackedFrame]:
    """A frame of an item."""

    def make(item_id: str) -> frames.PackedFrame:
        settings = CameraSettings(name="top", source=FolderSource(path=Path("images")))
        shot = Shot(1, 1, 1, 1, "a.jpg", encoded=b"bytes", encoding="jpeg")
        return frames.pack(settings, capture_of(item_id), f"{item_id}.top.0-0000", shot, {})

    return make


Packed = Callable[[str], frames.PackedFrame]


Outboxes = Callable[[Path, OutboxSettings], AbstractAsyncContextManager[FrameOutbox]]


@pytest.fixture
def opened(runtime: Any) -> Outboxes:
    """Runs an outbox of a folder with the fake runtime."""

    @asynccontextmanager
    async def run(path: Path, settings: OutboxSettings) -> AsyncIterator[FrameOutbox]:
        outbox = FrameOutbox(runtime, settings, path, "top", lambda: False)
        resending = asyncio.ensure_future(outbox.resend())
        try:
            yield outbox
        finally:
            resending.cancel()
            await outbox.stop()

    return run


def _kept(folder: Path) -> list[str]:
    return sorted(frame_id for frame_id, _ in OutboxFolder(folder).left_over())


async def _next(runtime: Any) -> tuple[str, bytes]:
    sent: tuple[str, bytes] = await asyncio.wait_for(runtime.sent.get(), 30)
    return sent


async def test_without_a_receipt_the_frame_comes_again(
    tmp_path: Path, runtime: Any, packed: Packed, opened: Outboxes
) -> None:
    """On a topic of its own, with the bytes that were published first."""
    async with opened(tmp_path, SOON) as outbox:
        frame = packed("item-1")
        outbox.keep(frame)
        assert await _next(runtime) == ("okko/v1/a/b/c/record/frame/top", frame.payload)


async def test_frames_that_the_broker_does_not_take_are_not_in_the_way(
    tmp_path: Path, runtime: Any, packed: Packed, opened: Outboxes
) -> None:
    """More of them than are sent again at once, and older: the frame behind them has its turn."""
    small = packed("s")
    runtime.largest = len(small.payload)
    async with opened(tmp_path, OutboxSettings(timeout_s=0.05)) as outbox:
        for number in range(MAX_RESENT + 2):
            outbox.keep(packed(f"a-name-that-is-longer-{number}"))
        outbox.keep(small)
        assert (await _next(runtime))[1] == small.payload


async def test_a_receipt_deletes_the_file(tmp_path: Path, runtime: Any, packed: Packed, opened: Outboxes) -> None:
    """What is safely stored takes no room here."""
    async with opened(tmp_path, LATER) as outbox:
        frames_ = [packed("item-1"), packed("item-2")]
        for frame in frames_:
            outbox.keep(frame)
        runtime.receive("receipt", c.Receipt(ids=(frames_[0].frame_id, "foreign"), instance_id="r"))
    assert _kept(tmp_path) == [frames_[1].frame_id]


async def test_a_receipt_after_the_end_is_no_error(
    tmp_path: Path, runtime: Any, packed: Packed, opened: Outboxes
) -> None:
    """An agent that ends while receipts still come leaves the file to its successor, and raises nothing."""
    frame = packed("item-1")
    async with opened(tmp_path, LATER) as outbox:
        outbox.keep(frame)
    runtime.receive("receipt", c.Receipt(ids=(frame.frame_id,), instance_id="r"))
    assert _kept(tmp_path) == [frame.frame_id]


async def test_what_is_left_from_before_comes_again(
    tmp_path: Path, runtime: Any, packed: Packed, opened: Outboxes
) -> None:
    """A killed agent's frames are sent by its successor."""
    frame = packed("item-1")
    async with opened(tmp_path, LATER) as outbox:
        outbox.keep(frame)
    async with opened(tmp_path, LATER):
        assert (await _next(runtime))[1] == frame.payload


async def test_a_new_recorder_is_sent_everything(
    tmp_path: Path, runtime: Any, packed: Packed, opened: Outboxes
) -> None:
    """It appears, so it may lack what was published before."""
    async with opened(tmp_path, LATER) as outbox:
        frame = packed("item-1")
        outbox.keep(frame)
        state = c.AgentState(agent="recorder", state="online", instance_id="new", version="1", since="")
        runtime.receive("agent", state)
        assert (await _next(runtime))[1] == frame.payload


async def test_a_torn_file_is_moved_aside_and_told(
    tmp_path: Path, runtime: Any, packed: Packed, opened: Outboxes
) -> None:
    """It would be refused for ever; the good ones behind it still go."""
    (tmp_path / "torn.msgpack").write_bytes(b"half a frame")
    async with opened(tmp_path, SOON) as outbox:
        frame = packed("item-1")
        outbox.keep(frame)
        assert (await _next(runtime))[1] == frame.payload
        assert runtime.events["outbox_damaged"] == 1
    assert "torn" not in _kept(tmp_path)


async def test_frames_of_ok_items_go_first(tmp_path: Path, runtime: Any, packed: Packed, opened: Outboxes) -> None:
    """When full, the frame of the item that was OK is dropped, counted and told."""
    frames_ = [packed("item-1"), packed("item-2"), packed("item-3")]
    room = OutboxSettings(max_bytes=sum(len(frame.payload) for frame in frames_[:2]), timeout_s=3600)
    async with opened(tmp_path, room) as outbox:
        for frame in frames_[:2]:
            outbox.keep(frame)
        runtime.receive("verdict", _verdict("item-2", "OK"))
        outbox.keep(frames_[2])
        assert runtime.stats.counters["outbox_dropped"] == 1
        assert runtime.events["outbox_dropped"] == 1
    assert _kept(tmp_path) == [frames_[0].frame_id, frames_[2].frame_id]


async def test_a_disk_that_takes_nothing_is_told(
    tmp_path: Path, runtime: Any, packed: Packed, opened: Outboxes
) -> None:
    """The camera goes on; people hear that its frames are not held."""
    (tmp_path / "file").write_text("in the way")
    async with opened(tmp_path / "file" / "outbox", LATER) as outbox:
        outbox.keep(packed("item-1"))
        while not runtime.events["outbox_dropped"]:  # noqa: ASYNC110 - the outbox knows no event for it
            await asyncio.sleep(0.001)
        assert runtime.stats.gauges["outbox_frames"] == 0


@pytest.mark.parametrize(
    ("busy", "pause_ms", "expected"),
    [(False, 0, ("a", "b")), (True, 500, ()), (True, 1500, ("a",))],
)
def test_resends_stay_behind_live_traffic(*, busy: bool, pause_ms: int, expected: tuple[str, ...]) -> None:
    """Nothing is sent again while a capture is under way; but an endless stream of them lets one by each second."""
    assert behind_live(("a", "b"), busy=busy, pause_ns=pause_ms * 1_000_000) == expected


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
