"""What a label says of a part."""

import pytest

from workshop.replay.truth import truth_of


@pytest.mark.parametrize(
    ("label", "truth"),
    [("OK", "OK"), ("ok", "OK"), (" Ok ", "OK"), ("KO", "KO"), ("scratch on beak", "KO"), (None, None)],
)
def test_a_label_says_good_or_bad(label: str | None, truth: str | None) -> None:
    """OK is good in any writing; KO and every defect is bad; without a label nobody knows."""
    assert truth_of(label) == truth
