"""Models that are broken, and threads that hang."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from inference_agent.supervisor import MAX_THREADS_GIVEN_UP, Supervisor
from okko.agent import Incoming
from okko.contracts import Frame
from okko.errors import ModelError

MakeFrame = Callable[..., Frame]
Receive = Callable[..., Incoming]
RAW = {"width_px": 4, "height_px": 2, "encoding": "raw-bgr8"}
PIXELS = bytes(24)


async def test_all_models_are_loaded_before_the_agent_is_online(bench: Any, fake_model: Any) -> None:
    """Loading is done when each model was tried; one that fails is a fault and does not keep the others."""
    slots = {"good": bench.slot("good", fake_model("good")), "bad": bench.slot("bad", ModelError("bad", "is cut off"))}
    agent = bench.agent(slots, {"good": ("top",), "bad": ("top",)})
    await agent.supervisor.load()
    assert bench.runtime.faults == {"model bad": "is cut off"}
    assert bench.runtime.events == [("model_fault", "model bad: is cut off")]


async def test_a_fault_before_the_connection_is_told_after_it(bench: Any) -> None:
    """An event that nobody could hear is told once there is a connection."""
    bench.runtime.connected = False
    agent = bench.agent({"bad": bench.slot("bad", ModelError("bad", "is cut off"))}, {"bad": ("top",)})
    await agent.supervisor.load()
    assert bench.runtime.events == []
    agent.supervisor.tell_faults()
    assert bench.runtime.events == [("model_fault", "model bad: is cut off")]


async def test_frames_of_a_broken_model_are_answered(
    bench: Any, frame: MakeFrame, incoming: Receive, fake_model: Any
) -> None:
    """The broken model says why it can't tell; the other model of the camera goes on."""
    slots = {"good": bench.slot("good", fake_model("good")), "bad": bench.slot("bad", ModelError("bad", "is cut off"))}
    agent = bench.agent(slots, {"good": ("top",), "bad": ("top",)})
    agent.on_frame(incoming(frame(PIXELS, **RAW)))
    await bench.runtime.until(lambda: len(bench.predictions()) == 2)
    by_model = {p.model.name: p for p in bench.predictions()}
    assert by_model["good"].label == "OK"
    assert (by_model["bad"].error.kind, by_model["bad"].error.text) == ("model", "is cut off")


async def test_a_broken_model_recovers_when_its_file_changes(
    bench: Any, frame: MakeFrame, incoming: Receive, fake_model: Any
) -> None:
    """It is not tried again while the file is the same; when it changes, the fault goes by itself."""
    slot = bench.slot("one", ModelError("one", "is cut off"), fake_model("one"))
    agent = bench.agent({"one": slot}, {"one": ("top",)})
    await agent.supervisor.load()
    agent.supervisor.check_files()
    agent.on_frame(incoming(frame(PIXELS, **RAW, frame_id="before")))
    await bench.runtime.until(lambda: len(bench.predictions()) == 1)
    slot.files[0].write_bytes(b"another model")
    agent.supervisor.check_files()
    await bench.runtime.until(lambda: ("model_recovered", "model one works again") in bench.runtime.events)
    agent.on_frame(incoming(frame(PIXELS, **RAW, frame_id="after")))
    await bench.runtime.until(lambda: len(bench.predictions()) == 2)
    assert [p.label for p in bench.predictions()] == [None, "OK"]
    assert bench.runtime.faults == {}


async def hang(agent: Any, model: Any, message: Incoming) -> Supervisor:
    """Give the agent a frame on which its model hangs, and let no time be patience enough."""
    await agent.supervisor.load()
    model.entered.clear()
    model.holds = True
    agent.on_frame(message)
    assert await asyncio.to_thread(model.entered.wait, 20)
    supervisor: Supervisor = agent.supervisor
    supervisor.hung_after_ns = -1
    return supervisor


async def test_a_hung_model_is_given_up_and_replaced(
    bench: Any, frame: MakeFrame, incoming: Receive, fake_model: Any
) -> None:
    """Its frame is answered, a new thread with new models takes over, and the late answer is not published."""
    hung, fresh, other = fake_model("one"), fake_model("one"), fake_model("two")
    slots = {"one": bench.slot("one", hung, fresh), "two": bench.slot("two", other)}
    agent = bench.agent(slots, {"one": ("top",), "two": ("top",)})
    supervisor = await hang(agent, hung, incoming(frame(PIXELS, **RAW, frame_id="hangs")))
    supervisor.check_worker()
    assert {(p.model.name, p.frame_id, p.error.kind) for p in bench.predictions()} == {
        ("one", "hangs", "model"),
        ("two", "hangs", "model"),
    }
    assert bench.runtime.events[0][0] == "model_fault"
    await bench.runtime.until(lambda: any(code == "model_recovered" for code, _ in bench.runtime.events))
    agent.on_frame(incoming(frame(PIXELS, **RAW, frame_id="next")))
    await bench.runtime.until(lambda: len(bench.predictions()) == 4)
    hung.let_go.set()
    await agent.supervisor.finish()
    await asyncio.sleep(0.05)
    assert [(p.frame_id, p.label) for p in bench.predictions()[2:]] == [("next", "OK"), ("next", "OK")]
    assert bench.runtime.faults == {}


async def test_a_worker_in_time_is_left_alone(bench: Any, frame: MakeFrame, incoming: Receive, fake_model: Any) -> None:
    """A model that is at work, and not for too long, is not disturbed."""
    model = fake_model("one")
    agent = bench.agent({"one": bench.slot("one", model)}, {"one": ("top",)})
    await agent.supervisor.load()
    model.holds = True
    agent.on_frame(incoming(frame(PIXELS, **RAW)))
    assert await asyncio.to_thread(model.entered.wait, 20)
    agent.supervisor.check_worker()
    model.let_go.set()
    await bench.runtime.until(lambda: bool(bench.predictions()))
    assert bench.predictions()[0].label == "OK"
    assert bench.runtime.events == []


async def test_a_model_that_is_silent_for_long_is_a_fault_until_it_answers(
    bench: Any, frame: MakeFrame, incoming: Receive, fake_model: Any
) -> None:
    """Long before its thread is given up: told once, and taken back with the answer, which is published."""
    model = fake_model("one")
    agent = bench.agent({"one": bench.slot("one", model)}, {"one": ("top",)})
    supervisor = await hang(agent, model, incoming(frame(PIXELS, **RAW)))
    supervisor.hung_after_ns, supervisor.silent_after_ns = 10**12, -1
    for _ in range(2):
        supervisor.check_worker()
    assert list(bench.runtime.faults) == ["model one"]
    assert [code for code, _ in bench.runtime.events] == ["model_fault"]
    model.let_go.set()
    await bench.runtime.until(lambda: bool(bench.predictions()))
    assert bench.predictions()[0].label == "OK"
    assert bench.runtime.faults == {}
    assert [code for code, _ in bench.runtime.events] == ["model_fault", "model_recovered"]


async def test_after_too_many_hung_threads_the_agent_ends(
    bench: Any, frame: MakeFrame, incoming: Receive, fake_model: Any
) -> None:
    """Threads that hang are left behind with their memory, so only a few; then the process must be started afresh."""
    models = [fake_model("one") for _ in range(MAX_THREADS_GIVEN_UP + 2)]
    agent = bench.agent({"one": bench.slot("one", *models)}, {"one": ("top",)})
    for number, model in enumerate(models[:MAX_THREADS_GIVEN_UP]):
        await bench.runtime.until(lambda: bench.runtime.faults == {})
        supervisor = await hang(agent, model, incoming(frame(PIXELS, **RAW, frame_id=f"f-{number}")))
        supervisor.check_worker()
        supervisor.hung_after_ns = 10**12
    await bench.runtime.until(lambda: bench.runtime.faults == {})
    supervisor = await hang(agent, models[-2], incoming(frame(PIXELS, **RAW, frame_id="last")))
    with pytest.raises(ModelError, match="hung"):
        supervisor.check_worker()
    assert len(bench.predictions()) == MAX_THREADS_GIVEN_UP + 1
    for model in models:
        model.let_go.set()
