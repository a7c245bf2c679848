"""The picture of the budget says what the run says, and no more."""

import re
from typing import Any

import click
import pytest

from tools.budget_picture import SHOWN, drawn


def stage(p50_ms: float) -> dict[str, float]:
    """The percentiles of a stage, as the benchmark writes them."""
    return {"p50_ms": p50_ms, "p99_ms": 9 * p50_ms, "n": 70}


def a_run(**changed: Any) -> dict[str, Any]:
    """What `make bench` writes, as far as the picture needs it."""
    budget = {"exposure": stage(1.5), "encode": stage(2.0), "hash": stage(0.5), "invoke": stage(4.0), "plc": stage(1.0)}
    bare = {"encode": stage(2.0), "invoke": stage(3.9), "total": stage(6.0)}
    one = {"rate": 10, "budget": budget, "bare_budget": bare, **changed}
    return {"latency": [{"name": name, **one} for name in SHOWN]}


def test_each_bar_has_the_medians_of_its_run() -> None:
    """Stages of one colour are summed up, the p99 and the total are not mixed in."""
    said = re.findall(r'<text class="in"[^>]*>([\d.]+)<', drawn(a_run()))
    bare, okko = ["2.0", "3.9"], ["2.5", "4.0", "1.5", "1.0"]
    assert said == (bare + okko) * len(SHOWN)


def test_bars_are_as_long_as_their_milliseconds() -> None:
    """A reader compares lengths: all bars have one scale."""
    widths = [
        float(width)
        for width in re.findall(r'<rect class="model"[^>]*y="\d+" width="([\d.]+)" height="30"', drawn(a_run()))
    ]
    assert widths[0] / widths[1] == pytest.approx(3.9 / 4.0, abs=0.01)


def test_a_run_without_what_is_shown_is_refused() -> None:
    """Rather a message than a picture with a hole."""
    run = a_run()
    run["latency"].pop()
    with pytest.raises(click.ClickException, match=SHOWN[-1]):
        drawn(run)
