"""The agent on its loop: one answer for each frame and model, whatever happens."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from inference_agent import jobs
from okko import clock
from okko.agent import Incoming
from okko.contracts import Frame
from okko.errors import ContractError, ImageError, ModelError

MakeFrame = Callable[..., Frame]
Receive = Callable[..., Incoming]
RAW = {"width_px": 4, "height_px": 2, "encoding": "raw-bgr8"}
PIXELS = bytes(24)


async def test_each_model_of_the_camera_answers_once(
    bench: Any, frame: MakeFrame, incoming: Receive, fake_model: Any
) -> None:
    """A frame gives one prediction for each model of its camera and none for others, on the right topics."""
    slots = {name: bench.slot(name, fake_model(name)) for name in ("one", "two", "other")}
    agent = bench.agent(slots, {"one": ("top",), "two": ("top", "side"), "other": ("side",)})
    agent.on_frame(incoming(frame(PIXELS, **RAW, roi=(0, 0, 0.5, 1), timings_ms={"encode": 2.5})))
    await bench.runtime.until(lambda: len(bench.predictions()) == 2)
    await agent.supervisor.finish()
    assert [topic.rpartition("station/")[2] for topic, _ in bench.runtime.published] == [
        "prediction/top/one",
        "prediction/top/two",
    ]
    for prediction in bench.predictions():
        assert (prediction.item_id, prediction.frame_id, prediction.label) == ("item-1", "frame-1", "OK")
        assert {"encode", "wire", "wait", "invoke"} <= prediction.timings_ms.keys()
        assert prediction.error is None
        assert prediction.image is None
        assert prediction.model.sha256 == "a" * 64


async def test_quality_is_measured_only_when_a_rule_asks(
    bench: Any, frame: MakeFrame, incoming: Receive, fake_model: Any
) -> None:
    """A camera with an image rule has its brightness in each prediction."""
    agent = bench.agent({"one": bench.slot("one", fake_model("one"))}, {"one": ("top",)}, measured=True)
    agent.on_frame(incoming(frame(bytes([9]) * 24, **RAW)))
    await bench.runtime.until(lambda: bool(bench.predictions()))
    assert bench.predictions()[0].image.mean_brightness == 9
    assert "quality" in bench.predictions()[0].timings_ms


async def test_a_frame_that_comes_twice_is_answered_once(
    bench: Any, frame: MakeFrame, incoming: Receive, fake_model: Any
) -> None:
    """A second delivery is counted and ignored."""
    agent = bench.agent({"one": bench.slot("one", fake_model("one"))}, {"one": ("top",)})
    for frame_id in ("a", "a", "b"):
        agent.on_frame(incoming(frame(PIXELS, **RAW, frame_id=frame_id)))
    await bench.runtime.until(lambda: len(bench.predictions()) == 2)
    assert [p.frame_id for p in bench.predictions()] == ["a", "b"]
    assert bench.runtime.stats.counters["duplicates"] == 1


@pytest.mark.parametrize("payload", [b"", b"poison", b"\x80"])
async def test_what_is_no_frame_is_refused(bench: Any, incoming: Receive, fake_model: Any, payload: bytes) -> None:
    """Other bytes are a ContractError, which becomes a dead letter."""
    agent = bench.agent({"one": bench.slot("one", fake_model("one"))}, {"one": ("top",)})
    with pytest.raises(ContractError):
        agent.on_frame(incoming(payload))


async def test_a_frame_of_another_camera_is_refused(
    bench: Any, frame: MakeFrame, incoming: Receive, fake_model: Any
) -> None:
    """A frame must come on its own camera's topic."""
    agent = bench.agent({"one": bench.slot("one", fake_model("one"))}, {"one": ("top",)})
    with pytest.raises(ContractError, match="side"):
        agent.on_frame(incoming(frame(PIXELS, **RAW, camera="side"), camera="top"))


async def test_a_frame_past_its_deadline_is_not_looked_at(
    bench: Any, frame: MakeFrame, incoming: Receive, fake_model: Any
) -> None:
    """It is answered at once with the reason `deadline`, by every model."""
    model = fake_model("one")
    agent = bench.agent({"one": bench.slot("one", model)}, {"one": ("top",)})
    agent.on_frame(incoming(frame(PIXELS, **RAW, deadline_mono_ns=clock.mono_ns() - 1)))
    assert bench.predictions()[0].error.kind == "deadline"
    assert not model.rois


async def test_another_machines_deadline_is_not_compared(
    bench: Any, frame: MakeFrame, incoming: Receive, fake_model: Any
) -> None:
    """A frame of another boot has its deadline on a clock that means nothing here."""
    agent = bench.agent({"one": bench.slot("one", fake_model("one"))}, {"one": ("top",)})
    agent.on_frame(incoming(frame(PIXELS, **RAW, boot_id="another", deadline_mono_ns=1)))
    await bench.runtime.until(lambda: bool(bench.predictions()))
    assert bench.predictions()[0].label == "OK"
    assert "wire" not in bench.predictions()[0].timings_ms
    assert bench.predictions()[0].done_mono_ns == 0


async def test_when_a_prediction_was_done_is_told_where_the_clock_is_the_same(
    bench: Any, frame: MakeFrame, incoming: Receive, fake_model: Any
) -> None:
    """So that the decision agent can tell how long it was on its way."""
    agent = bench.agent({"one": bench.slot("one", fake_model("one"))}, {"one": ("top",)})
    before_ns = clock.mono_ns()
    agent.on_frame(incoming(frame(PIXELS, **RAW)))
    await bench.runtime.until(lambda: bool(bench.predictions()))
    assert before_ns < bench.predictions()[0].done_mono_ns <= clock.mono_ns()


async def test_a_flood_is_answered_with_overload(
    bench: Any, frame: MakeFrame, incoming: Receive, fake_model: Any
) -> None:
    """Beyond the bytes that may wait, frames are answered at once; those admitted before are finished."""
    model = fake_model("one")
    model.holds = True
    agent = bench.agent({"one": bench.slot("one", model)}, {"one": ("top",)})
    side = 2048
    data = np.zeros((side, side, 3), np.uint8).tobytes()
    fits = jobs.QUEUE_BYTES // len(data)
    agent.on_frame(incoming(frame(data, side, side, "raw-bgr8", frame_id="in-hand")))
    await agent.supervisor.load()
    assert await wait_for(model)
    for number in range(fits + 2):
        agent.on_frame(incoming(frame(data, side, side, "raw-bgr8", frame_id=f"f-{number}")))
    assert [p.error.kind for p in bench.predictions()] == ["overload", "overload"]
    model.holds = False
    model.let_go.set()
    await bench.runtime.until(lambda: len(bench.predictions()) == fits + 3)
    assert sum(p.error is None for p in bench.predictions()) == fits + 1


async def wait_for(model: Any) -> bool:
    """Wait until the model has a picture in its hands."""
    return await asyncio.to_thread(model.entered.wait, 20)


@pytest.mark.parametrize(
    ("failure", "kind", "text"),
    [
        (ImageError("half a picture"), "image", "half a picture"),
        (ModelError("one", "no answer"), "model", "no answer"),
        (ZeroDivisionError("a defect"), "model", "ZeroDivisionError: a defect"),
    ],
)
async def test_a_failure_is_an_answer_too(
    *, bench: Any, frame: MakeFrame, incoming: Receive, fake_model: Any, failure: Exception, kind: str, text: str
) -> None:
    """Whatever one frame raises, it gets an answer with the reason, and the next frame is looked at."""
    model = fake_model("one")
    agent = bench.agent({"one": bench.slot("one", model)}, {"one": ("top",)})
    model.fails_with = failure
    agent.on_frame(incoming(frame(PIXELS, **RAW, frame_id="bad")))
    await bench.runtime.until(lambda: len(bench.predictions()) == 1)
    model.fails_with = None
    agent.on_frame(incoming(frame(PIXELS, **RAW, frame_id="good")))
    await bench.runtime.until(lambda: len(bench.predictions()) == 2)
    bad, good = bench.predictions()
    assert (bad.error.kind, bad.error.text) == (kind, text)
    assert good.label == "OK"


async def test_a_picture_that_is_none_is_answered_by_each_model(
    bench: Any, frame: MakeFrame, incoming: Receive, fake_model: Any
) -> None:
    """An unreadable frame gives the reason `image` for each model of its camera."""
    slots = {name: bench.slot(name, fake_model(name)) for name in ("one", "two")}
    agent = bench.agent(slots, {"one": ("top",), "two": ("top",)})
    agent.on_frame(incoming(frame(b"GIF89a", 4, 2)))
    await bench.runtime.until(lambda: len(bench.predictions()) == 2)
    assert {(p.model.name, p.error.kind) for p in bench.predictions()} == {("one", "image"), ("two", "image")}
