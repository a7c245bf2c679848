"""Pictures that come by command: answered, bounded, and never in the way of a live frame."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest

from inference_agent import guests
from okko.agent import Incoming
from okko.contracts import Command, Frame
from okko.errors import ContractError, ModelError

MakeFrame = Callable[..., Frame]
Receive = Callable[..., Incoming]
RAW = {"width_px": 4, "height_px": 2, "encoding": "raw-bgr8"}
LIVE = (0.0, 0.0, 0.5, 1.0)


@pytest.fixture
def asked(jpeg: Callable[..., bytes], photo: Callable[..., Any]) -> Callable[..., Command]:
    """A question with a picture."""
    image = base64.b64encode(jpeg(photo(32, 24))).decode()

    def make(number: int = 1, **args: Any) -> Command:
        return Command(request_id=f"r{number}", args={"image": image, **args})

    return make


@contextlib.asynccontextmanager
async def working(agent: Any) -> AsyncIterator[None]:
    """Its guests are served within the block."""
    await agent.supervisor.load()
    for key, ref in agent.supervisor.refs.items():
        agent.lineup.names[key] = ref.name
    task = asyncio.create_task(agent.guests.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await agent.supervisor.finish()


async def test_a_picture_is_answered_by_a_reply_and_nothing_else(
    bench: Any, asked: Callable[..., Command], fake_model: Any
) -> None:
    """No prediction is published, no item has heard of it."""
    agent = bench.agent({"one": bench.slot("one", fake_model("one"))}, {"one": ("top",)})
    async with working(agent):
        agent.guests.on_predict(asked())
        await bench.runtime.until(lambda: bool(bench.runtime.replies))
    ((request_id, result, error),) = bench.runtime.replies
    assert (request_id, error) == ("r1", None)
    assert (result["label"], result["model"]["name"]) == ("OK", "one")
    assert not {"item_id", "camera", "frame_id"} & result.keys()
    assert bench.predictions() == []
    assert bench.runtime.stats.counters["guests"] == 1


async def test_live_frames_go_first(
    bench: Any, asked: Callable[..., Command], frame: MakeFrame, incoming: Receive, fake_model: Any
) -> None:
    """Whatever comes while it waits is looked at before it, also what came later."""
    model = fake_model("one")
    model.holds = True
    agent = bench.agent({"one": bench.slot("one", model)}, {"one": ("top",)})
    async with working(agent):
        agent.on_frame(incoming(frame(bytes(24), **RAW, roi=LIVE, frame_id="in-hand")))
        assert await asyncio.to_thread(model.entered.wait, 20)
        agent.guests.on_predict(asked())
        await until(lambda: agent.supervisor.desk._guest is not None)  # noqa: SLF001 - it waits from here on
        for number in range(3):
            agent.on_frame(incoming(frame(bytes(24), **RAW, roi=LIVE, frame_id=f"f-{number}")))
        model.let_go.set()
        await bench.runtime.until(lambda: bool(bench.runtime.replies))
    assert model.rois == [LIVE, LIVE, LIVE, LIVE, None]
    assert len(bench.predictions()) == 4


async def test_one_is_looked_at_at_a_time(bench: Any, asked: Callable[..., Command], fake_model: Any) -> None:
    """A second one waits for the first, and more than a few are refused: pictures must not fill the memory."""
    model = fake_model("one")
    model.holds = True
    agent = bench.agent({"one": bench.slot("one", model)}, {"one": ("top",)})
    async with working(agent):
        agent.guests.on_predict(asked(0))
        assert await asyncio.to_thread(model.entered.wait, 20)
        for number in range(guests.MAX_WAITING):
            agent.guests.on_predict(asked(number + 1))
        with pytest.raises(ContractError, match="pictures wait already"):
            agent.guests.on_predict(asked(99))
        assert len(model.rois) == 1
        model.let_go.set()
        await bench.runtime.until(lambda: len(bench.runtime.replies) == guests.MAX_WAITING + 1)
    assert [request_id for request_id, _, _ in bench.runtime.replies] == ["r0", "r1", "r2", "r3", "r4"]


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"image": None}, "in base64"),
        ({"image": "A" * (guests.MAX_IMAGE_BYTES * 4 // 3 + 100)}, "at most 4 MiB"),
        ({"model": "none"}, "no model is that: .*Models here: one on top, two on top"),
        ({}, "several models are that"),
        ({"model": "one", "camera": "side"}, "no model is that"),
    ],
)
async def test_what_cannot_be_answered_is_refused_at_once(
    bench: Any, asked: Callable[..., Command], fake_model: Any, args: dict[str, Any], why: str
) -> None:
    """No picture, too large a one, a model that is not there or not the only one."""
    slots = {name: bench.slot(name, fake_model(name)) for name in ("one", "two")}
    agent = bench.agent(slots, {"one": ("top",), "two": ("top",)})
    async with working(agent):
        with pytest.raises(ContractError, match=why):
            agent.guests.on_predict(asked(**args))


@pytest.mark.parametrize(
    ("image", "why"),
    [
        ("!!!", "image: is no base64"),
        (base64.b64encode(b"text").decode(), "image: is no JPEG or PNG"),
        (base64.b64encode(b"\xff\xd8\xff\xc0" + bytes(40)).decode(), "image: "),
    ],
)
async def test_what_is_no_picture_is_answered_with_the_error(
    bench: Any, asked: Callable[..., Command], fake_model: Any, image: str, why: str
) -> None:
    """And the next one is answered."""
    agent = bench.agent({"one": bench.slot("one", fake_model("one"))}, {"one": ("top",)})
    async with working(agent):
        agent.guests.on_predict(asked(1, image=image))
        agent.guests.on_predict(asked(2))
        await bench.runtime.until(lambda: len(bench.runtime.replies) == 2)
    assert (bench.runtime.replies[0][2] or "").startswith(why)
    assert bench.runtime.replies[1][2] is None


async def test_a_model_that_fails_is_a_reply_too(bench: Any, asked: Callable[..., Command], fake_model: Any) -> None:
    """With its error; one that is not loaded says why."""
    failing = fake_model("one")
    failing.fails_with = ModelError("one", "gave no number")
    slots = {"one": bench.slot("one", failing), "bad": bench.slot("bad", ModelError("bad", "is cut off"))}
    agent = bench.agent(slots, {"one": ("top",), "bad": ("top",)})
    async with working(agent):
        agent.guests.on_predict(asked(1, model="one"))
        agent.guests.on_predict(asked(2, model="bad"))
        await bench.runtime.until(lambda: len(bench.runtime.replies) == 2)
    assert [error for _, _, error in bench.runtime.replies] == ["model: gave no number", "model: is cut off"]


async def test_where_the_line_leaves_no_time_it_says_so(  # noqa: PLR0917 - fixtures are arguments
    bench: Any,
    asked: Callable[..., Command],
    frame: MakeFrame,
    incoming: Receive,
    fake_model: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a while it is taken back: no model ever sees it."""
    monkeypatch.setattr(guests, "PATIENCE_S", 0.05)
    model = fake_model("one")
    model.holds = True
    agent = bench.agent({"one": bench.slot("one", model)}, {"one": ("top",)})
    async with working(agent):
        agent.on_frame(incoming(frame(bytes(24), **RAW, roi=LIVE)))
        assert await asyncio.to_thread(model.entered.wait, 20)
        agent.guests.on_predict(asked())
        await bench.runtime.until(lambda: bool(bench.runtime.replies))
        model.let_go.set()
    assert "left no time" in bench.runtime.replies[0][2]
    assert model.rois == [LIVE]


async def test_the_picture_is_decoded_before_the_models_thread_has_it(
    jpeg: Callable[..., bytes], photo: Callable[..., Any]
) -> None:
    """At every scale that a model may want: decoding a large one would hold up the line."""
    asked = guests.Asked("r", "key", base64.b64encode(jpeg(photo(64, 48))).decode())
    job = guests._job(asked)  # noqa: SLF001 - what the other thread does
    assert job.picture is not None
    assert all(isinstance(job.picture.at(scale), np.ndarray) for scale in (1, 2, 4, 8))


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another task brings about."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - a thread of its own has no event of the loop
            await asyncio.sleep(0.005)
