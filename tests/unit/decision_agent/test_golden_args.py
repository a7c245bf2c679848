"""What `cmd/decision/golden` may ask for."""

from typing import Any

import pytest

from decision_agent.golden_args import begun_by
from okko.errors import ContractError


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({}, None),
        ({"verb": "state"}, None),
        ({"verb": "begin"}, "a round was asked for"),
        ({"verb": "begin", "by": "shift 2"}, "a round was asked for by shift 2"),
    ],
)
def test_what_can_be_asked(args: dict[str, Any], why: str | None) -> None:
    """How far the round is, or a new one."""
    assert begun_by(args) == why


@pytest.mark.parametrize(
    "args", [{"verb": "end"}, {"verb": "begin", "by": ""}, {"by": "a\nb"}, {"by": "x" * 65}, {"verb": "begin", "to": 1}]
)
def test_everything_else_is_refused(args: dict[str, Any]) -> None:
    """By name, since whoever wrote it is a program."""
    with pytest.raises(ContractError, match="golden: "):
        begun_by(args)
