import io
import json
from typing import Any

import pytest

from workshop.progress_lines import ProgressLines, time_left_s


class _Clock:
    """Goes on by a step each time that somebody looks."""

    def __init__(self, step_s: float) -> None:
        self.now_s, self.step_s = 0.0, step_s

    def __call__(self) -> float:
        self.now_s += self.step_s
        return self.now_s


def _told(step_s: float) -> list[dict[str, Any]]:
    out = io.StringIO()
    lines = ProgressLines(out, _Clock(step_s))
    assert list(lines.steps(range(10), 10, "looking")) == list(range(10))
    lines.stage("learning")
    lines.say("note: a duck\nlies upside down")
    lines.result({"bundle": "taught/é-1"})
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_each_line_is_an_object_and_the_last_has_the_result() -> None:
    """A text with a line break in it is one line."""
    told = _told(step_s=1.0)
    assert told[0] == {"step": "looking", "done": 0, "total": 10, "eta_s": None}
    assert told[-3:] == [
        {"step": "learning", "done": 0, "total": None, "eta_s": None},
        {"text": "note: a duck\nlies upside down"},
        {"result": {"bundle": "taught/é-1"}},
    ]
    assert [line["done"] for line in told if line.get("step") == "looking"] == list(range(11))


def test_quick_steps_are_told_now_and_then_and_at_the_end() -> None:
    """A hundred thousand items are no hundred thousand lines."""
    told = [line["done"] for line in _told(step_s=0.03) if line.get("step") == "looking"]
    assert 2 < len(told) < 8
    assert told[-1] == 10


@pytest.mark.parametrize(
    ("done", "total", "elapsed_s", "left_s"),
    [
        *[(0, 10, 1.0, None), (2, 10, 1.0, None), (5, 10, 2.0, 2.0), (10, 10, 4.0, 0.0), (11, 10, 4.0, 0.0)],
        *[(5, None, 1.0, None), (0, 0, 1.0, None), (1, 2, 3.0, None), (2, 2, 3.0, 0.0)],
    ],
)
def test_the_time_left_is_as_it_went(done: int, total: int | None, elapsed_s: float, left_s: float | None) -> None:
    """Nothing is foretold from the first few."""
    assert time_left_s(done, total, elapsed_s) == left_s
