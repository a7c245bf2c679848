"""Agreement is counted from the record, and each difference named."""

import json

from decision_agent.rules import ExpectedLabel
from items import item
from okko import contracts as c
from workshop.models.compare import agreements

RULE = ExpectedLabel(camera="top", label="OK")


def recorded(number: int, decided: str, shadow: str | None, version: str = "2") -> c.Item:
    """An item that was decided by one model and seen by another."""

    def said(label: str, version: str, *, shadow: bool) -> dict[str, object]:
        model = {"name": "m", "version": version, "sha256": "0" * 64}
        place = {"item_id": f"item-{number:06d}", "camera": "top", "frame_id": f"f-{number}", "model": model}
        return {**place, "task": "classification", "label": label, "score": 0.9, "shadow": shadow}

    fields = json.loads(item(number))
    seen = [said(decided, "1", shadow=False)]
    fields["predictions"] = seen if shadow is None else [*seen, said(shadow, version, shadow=True)]
    return c.decode(c.Item, json.dumps(fields).encode())


def test_each_pair_of_words_is_counted_and_differences_are_listed() -> None:
    """Items in which nothing looked on do not count."""
    pairs = [("OK", "OK"), ("OK", "KO"), ("KO", "OK"), ("KO", "KO"), ("OK", None)]
    items = [recorded(number, *pair) for number, pair in enumerate(pairs)]
    [found] = agreements(items, "top", (RULE,), ())
    assert (found.compared, found.agree) == (4, 2)
    assert [(one.item_id, one.compared.decided, one.compared.shadow) for one in found.differences] == [
        ("item-000001", "OK", "KO"),
        ("item-000002", "KO", "OK"),
    ]


def test_each_version_that_looked_on_is_told_apart() -> None:
    """What another version said is no evidence about this one."""
    found = agreements([recorded(1, "OK", "OK"), recorded(2, "OK", "KO", version="3")], "top", (RULE,), ())
    assert [(one.version, one.compared, one.agree) for one in found] == [("2", 1, 1), ("3", 1, 0)]


def test_without_a_rule_nothing_can_be_compared() -> None:
    """It is said, not left out."""
    [found] = agreements([recorded(1, "OK", "OK")], "top", (), ())
    assert (found.compared, found.counts[None]) == (0, 1)
