"""What a label asks for and what comes of it."""

from typing import Any

import pytest

from okko.errors import ContractError
from recorder.labels import MAX_LABELS, LabelChange, LabelEntry, read_label, read_labels, to_undo


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
        {"undo": True, "remove": True},
        {"undo": True, "golden": True},
        {"label": "KO", "entry": 7},
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


def test_many_labels_come_in_one_message() -> None:
    """Each with what is asked of it, all by one person, and a bounded number of them."""
    labels = [{"item_id": "a", "label": "KO"}, {"item_id": "b", "remove": True}, {"item_id": "c", "undo": True}]
    entry = read_labels("r1", {"by": "shift-2", "labels": labels}, 5)
    assert [(one.item_id, one.label, one.undo, one.by) for one in entry.labels] == [
        ("a", "KO", False, "shift-2"),
        ("b", None, False, "shift-2"),
        ("c", None, True, "shift-2"),
    ]
    for wrong in ([], [{"item_id": "a"}], [{"item_id": "a", "label": "KO"}] * (MAX_LABELS + 1)):
        with pytest.raises(ContractError, match="label"):
            read_labels("r1", {"by": "shift-2", "labels": wrong}, 5)


def _change(number: int, undoes: int | None = None) -> LabelChange:
    return LabelChange(number, "KO", golden=False, by="x", at_ms=5, was_label=None, was_golden=False, undoes=undoes)


@pytest.mark.parametrize(
    ("changes", "last"),
    [
        ([], None),
        ([(1, None), (2, None)], 2),
        ([(1, None), (2, None), (3, 2)], 1),
        ([(1, None), (2, None), (3, 2), (4, 1)], None),
        ([(1, None), (2, 1), (3, None)], 3),
        ([(7, 6), (8, None)], 8),
    ],
)
def test_undo_goes_back_step_by_step(changes: list[tuple[int, int | None]], last: int | None) -> None:
    """What was taken back is not taken back again; a history whose beginning was forgotten is no hindrance."""
    found = to_undo([_change(*change) for change in changes])
    assert (found and found.number) == last
