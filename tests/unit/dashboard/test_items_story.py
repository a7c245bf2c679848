"""An item's page tells where the time went and what the trigger carried."""

import itertools
from typing import Any

import msgspec
import pytest

from dashboard.items.story import Step, carried, timeline
from okko import contracts as c
from recorded_item import recorded_item


def test_a_timeline_has_a_way_for_each_prediction() -> None:
    """One stage after the other, from the trigger on; within the whole."""
    item = recorded_item()
    found = timeline(item, 1000)
    assert [(way.camera, way.model, way.shadow) for way in found.ways] == [
        ("left", "duck-quality", False),
        ("right", "duck-quality", False),
    ]
    steps = found.ways[0].steps
    assert steps[0] == Step("capture", 0.0, steps[0].ms)
    for before, after in itertools.pairwise(steps):
        assert after.begin_ms == pytest.approx(before.begin_ms + before.ms)
    assert found.latency_ms == item.latency_ms
    assert all(step.begin_ms + step.ms <= found.scale_ms for way in found.ways for step in way.steps)


@pytest.mark.parametrize(("latency_ms", "scale_ms"), [(10.0, 68.0), (900.0, 1020.0), (1500.0, 1530.0)])
def test_the_drawing_is_as_wide_as_it_must(latency_ms: float, scale_ms: float) -> None:
    """With the deadline in it where the item came near; a quick one is not a speck beside it."""
    item = msgspec.structs.replace(recorded_item(), latency_ms=latency_ms, predictions=())
    assert timeline(item, 1000).scale_ms == pytest.approx(scale_ms if latency_ms > 10 else 40.0)


def test_a_prediction_that_failed_has_no_way() -> None:
    """It took no time that is known."""
    item = recorded_item()
    fault = c.Fault(kind="model", text="it broke")
    failed = tuple(msgspec.structs.replace(one, error=fault) for one in item.predictions)
    assert timeline(msgspec.structs.replace(item, predictions=failed), 1000).ways == ()


@pytest.mark.parametrize(
    ("trigger", "pairs"),
    [
        ({"part_id": "duck", "mould": 17, "at": {"x": 1}}, [("part_id", "duck"), ("mould", "17"), ("at", '{"x": 1}')]),
        ("1042 duck-1042", [("", "1042 duck-1042")]),
        ("", []),
        (None, []),
        ([1], [("", "[1]")]),
    ],
)
def test_what_the_trigger_carried_is_told_key_by_key(trigger: Any, pairs: list[tuple[str, str]]) -> None:
    """As it came, whatever it was."""
    assert carried(trigger) == pairs
