"""What may be asked about the configuration, and what is refused before anything is looked at."""

from typing import Any

import pytest

from decision_agent.config_args import asked_for
from okko.errors import ContractError

SHA = "a" * 64


@pytest.mark.parametrize(
    "args",
    [
        {},
        {"verb": "history"},
        {"verb": "version", "number": 3},
        {"verb": "check", "text": "x = 1"},
        {"verb": "activate", "text": "é", "based_on": SHA, "by": "Zoë", "note": "two\nlines"},
        {"verb": "rollback", "number": 1, "based_on": SHA, "by": "eve"},
    ],
)
def test_what_may_be_asked(args: dict[str, Any]) -> None:
    """Without any word: what is in force."""
    assert asked_for(args).verb == args.get("verb", "get")


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"verb": "delete"}, "verb"),
        ({"verb": "activate", "text": "x"}, "`activate` needs `based_on`, `by`"),
        ({"verb": "rollback", "number": 0}, "number"),
        ({"verb": "rollback", "number": 2, "based_on": SHA}, "needs `by`"),
        ({"verb": "activate", "text": "x", "based_on": "?", "by": "eve"}, "based_on"),
        ({"verb": "activate", "text": "x", "based_on": SHA, "by": "e\nve"}, "by"),
        ({"verb": "check", "text": "x" * (128 * 1024 + 1)}, "text"),
        ({"text": "x", "more": 1}, "more"),
    ],
)
def test_what_is_refused(args: dict[str, Any], why: str) -> None:
    """With the word that is wrong, or missing."""
    with pytest.raises(ContractError, match=why):
        asked_for(args)
