"""How the cameras' findings become one verdict, as early as it can be told and never in doubt OK."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from decision_agent.combine import All, Combine, MinOk, MinRatio, decided
from okko.contracts import Finding

KO = Finding(rule="r", camera="a", verdict="KO", text="bad")
COMBINE: TypeAdapter[Combine] = TypeAdapter(Combine)


@pytest.mark.parametrize(
    ("combine", "known", "verdict"),
    [
        (All(), "+++", "OK"),
        (All(), "++ ", None),
        (All(), "  -", "KO"),
        (All(), "   ", None),
        (MinOk(count=1), "  +", "OK"),
        (MinOk(count=1), "-- ", None),
        (MinOk(count=1), "---", "KO"),
        (MinOk(count=2), "+- ", None),
        (MinOk(count=2), "+-+", "OK"),
        (MinOk(count=2), "-- ", "KO"),
        (MinOk(count=4), "   ", "KO"),
        (MinRatio(ratio=0.5), "+  ", None),
        (MinRatio(ratio=0.5), "+ +", "OK"),
        (MinRatio(ratio=0.01), "--+", "OK"),
        (MinRatio(ratio=1.0), "++-", "KO"),
    ],
)
def test_the_verdict_so_far(combine: Combine, known: str, verdict: str | None) -> None:
    """`+` is an OK camera, `-` a bad one, a space one that has not spoken: it never counts as OK."""
    findings = {f"c{i}": None if mark == "+" else KO for i, mark in enumerate(known) if mark != " "}
    assert decided(combine, [f"c{i}" for i in range(len(known))], findings) == verdict


def test_cameras_that_are_not_expected_do_not_count() -> None:
    """A finding of a camera that the trigger did not ask for changes nothing."""
    assert decided(MinOk(count=1), ["a"], {"other": None}) is None


@given(
    st.sampled_from([All(), MinOk(count=1), MinOk(count=2), MinRatio(ratio=0.6)]),
    st.lists(st.booleans(), min_size=1, max_size=6),
)
def test_a_verdict_never_changes_when_more_comes_in(combine: Combine, goods: list[bool]) -> None:
    """Once it can be told it is final, whatever the cameras say that were still open."""
    cameras = [f"c{i}" for i in range(len(goods))]
    findings: dict[str, Finding | None] = {}
    verdicts = [decided(combine, cameras, findings)]
    for camera, good in zip(cameras, goods, strict=True):
        findings[camera] = None if good else KO
        verdicts.append(decided(combine, cameras, findings))
    told = [verdict for verdict in verdicts if verdict is not None]
    assert len(set(told)) == 1
    assert verdicts[-1] == ("OK" if sum(goods) >= combine.needed(len(goods)) else "KO")


@given(st.integers(1, 100), st.integers(1, 16))
def test_a_ratio_is_rounded_up_and_not_by_floating_point(percent: int, cameras: int) -> None:
    """The share of the cameras is rounded up exactly: 0.07 of 100 is 7."""
    needed = MinRatio(ratio=percent / 100).needed(cameras)
    assert needed == max(1, ceil(Fraction(percent, 100) * cameras))


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "min_ok"},
        {"kind": "min_ok", "count": 0},
        {"kind": "min_ratio", "ratio": 0},
        {"kind": "min_ratio", "ratio": 1.1},
        {"kind": "all", "count": 1},
        {"kind": "most"},
        {},
    ],
)
def test_what_cannot_combine(fields: dict[str, object]) -> None:
    """Wrong settings are refused."""
    with pytest.raises(ValidationError):
        COMBINE.validate_python(fields)
