"""Models that look on: after the others, only while there is time, and of no consequence to anybody."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from inference_agent.jobs import Job
from inference_agent.shadows import MOST_WAITING, ShadowBench
from okko import clock
from okko.contracts import Frame
from okko.errors import ModelError

MakeFrame = Callable[..., Frame]
RAW: dict[str, Any] = {"width_px": 4, "height_px": 2, "encoding": "raw-bgr8"}
PIXELS = bytes(24)


@pytest.fixture
def job(frame: MakeFrame) -> Callable[..., Job]:
    """A frame that has been answered by those that decide."""

    def make(number: int = 1, deadline_ns: int = 3_600_000_000_000) -> Job:
        now = clock.mono_ns()
        return Job(frame(PIXELS, **RAW, frame_id=f"f-{number}"), now, now + deadline_ns, ())

    return make


async def test_what_it_says_is_marked_and_on_a_topic_of_its_own(
    bench: Any, job: Callable[..., Job], fake_model: Any
) -> None:
    """Never where a prediction that decides would be."""
    shadows = ShadowBench(bench.runtime, {"top": (bench.slot("one", fake_model("one")),)}, lambda: True)
    shadows.offer(job())
    await bench.runtime.until(lambda: bool(bench.predictions()))
    [(topic, said)] = bench.runtime.published
    assert topic.endswith("/shadow/top/one")
    assert (said.shadow, said.label) == (True, "OK")
    await shadows.finish()


async def test_it_waits_while_a_live_frame_is_looked_at(bench: Any, job: Callable[..., Job], fake_model: Any) -> None:
    """However long that takes; when it has taken too long, the frame is dropped and counted."""
    model, idle = fake_model("one"), [False]
    shadows = ShadowBench(bench.runtime, {"top": (bench.slot("one", model),)}, lambda: idle[0])
    shadows.offer(job(1, deadline_ns=50_000_000))
    async with asyncio.timeout(20):
        while not bench.runtime.stats.counters.get("shadow_dropped"):  # noqa: ASYNC110 - a counter wakes nobody
            await asyncio.sleep(0.01)
    assert not model.entered.is_set()
    idle[0] = True
    shadows.offer(job(2))
    await bench.runtime.until(lambda: bool(bench.predictions()))
    assert [said.frame_id for said in bench.predictions()] == ["f-2"]
    await shadows.finish()


async def test_few_frames_wait_and_the_rest_is_dropped(bench: Any, job: Callable[..., Job], fake_model: Any) -> None:
    """Memory is bounded, whatever comes."""
    model = fake_model("one")
    model.holds = True
    shadows = ShadowBench(bench.runtime, {"top": (bench.slot("one", model),)}, lambda: True)
    shadows.offer(job(0))
    assert await asyncio.to_thread(model.entered.wait, 20)
    for number in range(1, MOST_WAITING + 4):
        shadows.offer(job(number))
    assert bench.runtime.stats.counters["shadow_dropped"] == 3
    model.let_go.set()
    await bench.runtime.until(lambda: len(bench.predictions()) == MOST_WAITING + 1)
    await shadows.finish()


async def test_a_broken_shadow_is_told_and_is_no_fault_of_the_agent(
    bench: Any, job: Callable[..., Job], fake_model: Any
) -> None:
    """`ready` does not depend on it; another one in its place works."""
    shadows = ShadowBench(bench.runtime, {}, lambda: True)
    assert await shadows.want({"top": (bench.slot("bad", ModelError("bad", "is cut off")),)}) == "is cut off"
    assert bench.runtime.events == [("shadow_fault", "model bad, in the shadow: is cut off")]
    assert bench.runtime.faults == {}
    shadows.offer(job(1))
    assert await shadows.want({"top": (bench.slot("good", fake_model("good")),)}) is None
    shadows.offer(job(2))
    await bench.runtime.until(lambda: any(said.frame_id == "f-2" for said in bench.predictions()))
    await shadows.finish()


async def test_a_camera_without_a_shadow_is_none_of_its_business(
    bench: Any, job: Callable[..., Job], fake_model: Any
) -> None:
    """Its frames are neither kept nor counted."""
    shadows = ShadowBench(bench.runtime, {"side": (bench.slot("one", fake_model("one")),)}, lambda: False)
    shadows.offer(job())
    assert bench.runtime.stats.counters.get("shadow_dropped") is None
    await shadows.finish()


async def test_a_shadow_that_hangs_is_left_behind(bench: Any, job: Callable[..., Job], fake_model: Any) -> None:
    """Told once; nothing looks on any more, and everything else goes on."""
    model = fake_model("one")
    model.holds = True
    shadows = ShadowBench(bench.runtime, {"top": (bench.slot("one", model),)}, lambda: True)
    shadows.offer(job())
    assert await asyncio.to_thread(model.entered.wait, 20)
    for _ in range(2):
        shadows.check(-1)
    assert [code for code, _ in bench.runtime.events] == ["shadow_fault"]
    model.let_go.set()
