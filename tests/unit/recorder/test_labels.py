"""What a label asks for and what comes of it."""

from typing import Any

import pytest

from okko.errors import ContractError
from recorder.labels import LabelEntry, read_label


def _read(**args: Any) -> LabelEntry:
    return read_label("r1", {"item_id": "item-1", "by": "shift-2", **args}, 5)


def test_a_label_is_read_with_who_and_when() -> None:
    """A class may have spaces, as models name them."""
    assert _read(label="scratch on beak") == LabelEntry("r1", "item-1", "scratch on beak", None, "shift-2", 5)


@pytest.mark.parametrize(
    "args",
    [
        {},
        {"label": ""},
        {"label": "KO\n"},
        {"label": "K" * 65},
        {"label": "KO", "remove": True},
        {"remove": True, "golden": True},
        {"label": "KO", "item_id": "../item"},
        {"label": "KO", "by": ""},
        {"label": "KO", "colour": "red"},
        {"label": 7},
    ],
)
def test_what_makes_no_sense_is_refused(args: dict[str, Any]) -> None:
    """With an error that the reply carries."""
    with pytest.raises(ContractError, match="label"):
        _read(**args)


@pytest.mark.parametrize(
    ("args", "before", "after"),
    [
        ({"label": "OK"}, None, ("OK", False)),
        ({"label": "OK", "golden": True}, None, ("OK", True)),
        ({"label": "KO"}, ("OK", 1), ("KO", True)),
        ({"label": "KO", "golden": False}, ("OK", 1), ("KO", False)),
        ({"remove": True}, ("OK", 1), (None, False)),
    ],
)
def test_an_item_stays_golden_until_someone_says_otherwise(
    args: dict[str, Any], before: tuple[str, int] | None, after: tuple[str | None, bool]
) -> None:
    """A second label must not open the way to the bin by the way."""
    assert _read(**args).applied_to(before) == after
