"""The agent as the broker sees it: what comes in, what goes out, what it says of itself."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from camera_agent.agent import CameraAgent
from camera_agent.outbox_folder import OutboxFolder
from camera_agent.settings import CameraSettings
from okko import contracts as c
from okko.errors import ContractError

CaptureOf = Callable[..., c.Capture]
BASE = "okko/v1/a/b/c"


@asynccontextmanager
async def _running(runtime: Any, folder: Path, *, recorder: bool = False, loop: bool = True) -> AsyncIterator[None]:
    source = {"kind": "folder", "path": "images", "loop": loop}
    settings = CameraSettings.model_validate({"name": "top", "source": source})
    station = SimpleNamespace(
        folder=folder,
        data=folder / "data",
        recorder=object() if recorder else None,
        station=SimpleNamespace(capture_window_ms=60_000),
    )
    agent = CameraAgent(runtime, station, settings)  # type: ignore[arg-type] # the part of a station that is used
    running = asyncio.ensure_future(agent.run())
    try:
        yield
    finally:
        runtime.stopping.set()
        await running


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - the agent under test knows no event for it
            await asyncio.sleep(0.001)


async def _open(runtime: Any) -> None:
    await _until(lambda: bool(runtime.served) and not runtime.faults)


async def _next(runtime: Any) -> tuple[str, bytes]:
    topic, payload = await asyncio.wait_for(runtime.sent.get(), 30)
    return topic.removeprefix(BASE + "/"), payload


async def _captured(runtime: Any) -> c.Captured:
    topic, payload = await _next(runtime)
    assert topic == "captured/top"
    return c.decode(c.Captured, payload)


@pytest.fixture
def folder(tmp_path: Path, files: dict[str, bytes]) -> Path:
    """A station's folder with one picture."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.jpg").write_bytes(files["jpeg"])
    return tmp_path


async def test_a_capture_is_answered_with_captured_and_then_the_frame(
    runtime: Any, folder: Path, files: dict[str, bytes], capture_of: CaptureOf
) -> None:
    """Two messages, in this order; the agent serves the camera and has no fault once it is open."""
    async with _running(runtime, folder):
        await _open(runtime)
        runtime.receive("capture", capture_of("item-1"))
        captured = await _captured(runtime)
        topic, payload = await _next(runtime)
    frame = c.decode(c.Frame, payload)
    assert topic == "frame/top"
    assert bytes(frame.data) == files["jpeg"]
    assert frame.frame_id == captured.frame_id
    assert runtime.served == ("top",)


async def test_captures_of_others_and_repeats_are_ignored(runtime: Any, folder: Path, capture_of: CaptureOf) -> None:
    """Another camera's capture exposes nothing here, and a repeated one nothing more."""
    async with _running(runtime, folder):
        await _open(runtime)
        mine = capture_of("item-1")
        others = c.Capture(**{name: getattr(mine, name) for name in mine.__struct_fields__} | {"cameras": ("side",)})
        for capture in (others, mine, mine):
            runtime.receive("capture", capture)
        await _captured(runtime)
        await _next(runtime)
    assert runtime.sent.empty()
    assert runtime.stats.counters["repeated_captures"] == 1


async def test_a_source_that_is_not_there_is_a_fault_until_it_is(
    runtime: Any, folder: Path, capture_of: CaptureOf
) -> None:
    """Faulted, one event, captures refused; when the folder appears the camera is back by itself."""
    (folder / "images").rename(folder / "elsewhere")
    async with _running(runtime, folder):
        await _until(lambda: runtime.events["camera_lost"] == 1)
        runtime.receive("capture", capture_of("item-1"))
        assert (await _captured(runtime)).error is not None
        (folder / "elsewhere").rename(folder / "images")
        await _until(lambda: runtime.events["camera_back"] == 1)
        assert not runtime.faults
        assert runtime.events["camera_lost"] == 1


async def test_the_end_of_a_folder_is_told_once(runtime: Any, folder: Path, capture_of: CaptureOf) -> None:
    """Each capture after the end is refused as exhausted; the agent is faulted; people hear of it once."""
    async with _running(runtime, folder, loop=False):
        await _open(runtime)
        runtime.receive("capture", capture_of("item-0"))
        await _captured(runtime)
        await _next(runtime)
        for number in (1, 2):
            runtime.receive("capture", capture_of(f"item-{number}"))
            error = (await _captured(runtime)).error
            assert error is not None
            assert error.kind == "exhausted"
        await _until(lambda: bool(runtime.faults))
    assert runtime.events["source_ended"] == 1


async def test_frames_are_held_only_for_a_recorder(runtime: Any, folder: Path, capture_of: CaptureOf) -> None:
    """With a recorder the frame lies in the outbox until its receipt."""
    async with _running(runtime, folder, recorder=True):
        await _open(runtime)
        runtime.receive("capture", capture_of("item-1"))
        frame_id = (await _captured(runtime)).frame_id
        await _next(runtime)
    assert frame_id is not None
    assert OutboxFolder(folder / "data" / "outbox" / "top").read(frame_id) is not None


async def test_without_a_recorder_nothing_is_held(runtime: Any, folder: Path, capture_of: CaptureOf) -> None:
    """Nobody would ever send a receipt."""
    async with _running(runtime, folder):
        await _open(runtime)
        runtime.receive("capture", capture_of("item-1"))
        await _captured(runtime)
        await _next(runtime)
    assert runtime.handlers.keys() == {"capture"}


async def test_previews_are_published_while_somebody_looks(runtime: Any, folder: Path, capture_of: CaptureOf) -> None:
    """The picture that the next part will get, which it then gets all the same."""
    async with _running(runtime, folder, loop=False):
        await _open(runtime)
        told = runtime.commands["preview"](c.Command(request_id="r", args={"seconds": 30}))
        topic, payload = await _next(runtime)
        assert told == {"seconds": 30, "topic": f"{BASE}/{topic}"}
        assert c.decode(c.Preview, payload).source == "a.jpg"
        assert runtime.commands["preview"](c.Command(request_id="r", args={"seconds": 0}))["seconds"] == 0
        runtime.receive("capture", capture_of())
        topics = set[str]()
        while "frame/top" not in topics:
            topics.add((await _next(runtime))[0])
        assert topics <= {"preview/top", "captured/top", "frame/top"}


@pytest.mark.parametrize("args", [{"seconds": 61}, {"seconds": "5"}, {"seconds": True}, {"second": 5}])
async def test_who_wants_to_look_says_for_how_long(runtime: Any, folder: Path, args: dict[str, Any]) -> None:
    """Never for ever: who does not ask again has gone."""
    async with _running(runtime, folder):
        with pytest.raises(ContractError):
            runtime.commands["preview"](c.Command(request_id="r", args=args))
