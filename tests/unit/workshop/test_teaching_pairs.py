from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okko import contracts as c
from shown_parts import frame_of, small_picture
from workshop.teaching.pairs import WAITING, Pairs

PICTURE = small_picture(1)
AT = "1970-01-01T00:00:00.000Z"


def _frame(number: int) -> c.Frame:
    return frame_of(number, PICTURE)


def _verdict(number: int, **changes: object) -> c.Verdict:
    fields: dict[str, Any] = {
        "item_id": f"item-{number}",
        "part_id": f"duck-{number}",
        "seq": number,
        "verdict": "OK",
        "reason": "rules",
        "finding": None,
        "borderline": False,
        "triggered_at": AT,
        "decided_at": AT,
        "latency_ms": 1.0,
        "deadline_met": True,
        "duplicate": False,
        "recipe": "",
        "station": "station",
    }
    return c.Verdict(**{**fields, **changes})


def test_a_frame_is_shown_when_its_verdict_is_there() -> None:
    """Whichever comes first; with what the PLC called the part."""
    pairs = Pairs()
    assert pairs.frame(_frame(1)) is None
    assert pairs.verdict(_verdict(2)) is None
    first, second = pairs.verdict(_verdict(1)), pairs.frame(_frame(2))
    assert first is not None
    assert second is not None
    assert [(one.name, one.part_id, one.known) for one in (first, second)] == [
        ("item-1", "duck-1", "OK"),
        ("item-2", "duck-2", "OK"),
    ]


@pytest.mark.parametrize(
    "changes",
    [{"golden": True}, *({"verdict": "KO", "reason": r} for r in ("camera_fault", "late", "image", "bad_trigger"))],
)
def test_what_is_no_picture_of_a_product_is_passed_over(changes: dict[str, object]) -> None:
    """A golden part, a frame of another part, a dark picture; and counted."""
    pairs = Pairs()
    pairs.frame(_frame(1))
    assert pairs.verdict(_verdict(1, **changes)) is None
    assert pairs.passed_over == 1


@pytest.mark.parametrize("reason", ["rules", "no_model", "model_fault", "deadline", "overload", "recipe"])
def test_what_the_model_in_charge_says_does_not_matter(reason: str) -> None:
    """The person says that the parts are good."""
    pairs = Pairs()
    pairs.frame(_frame(1))
    assert pairs.verdict(_verdict(1, verdict="KO", reason=reason)) is not None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=40))
def test_no_part_is_shown_twice(came: list[tuple[bool, int]]) -> None:
    """However often its frame and its verdict come, and in whatever order."""
    pairs = Pairs()
    shown = [
        found.name
        for is_frame, number in came
        if (found := pairs.frame(_frame(number)) if is_frame else pairs.verdict(_verdict(number))) is not None
    ]
    assert len(shown) == len(set(shown))
    both = {n for is_frame, n in came if is_frame} & {n for is_frame, n in came if not is_frame}
    assert set(shown) == {f"item-{number}" for number in both}


def test_frames_without_a_verdict_do_not_pile_up() -> None:
    """The oldest go."""
    pairs = Pairs()
    for number in range(WAITING + 1):
        pairs.frame(_frame(number))
    assert pairs.verdict(_verdict(0)) is None
    assert pairs.verdict(_verdict(1)) is not None
