"""A capture that comes twice exposes once."""

from camera_agent.recent import Recent


def test_repeats_are_told_by_item_and_shot() -> None:
    """The same item and shot is a repeat; another shot of the item is not."""
    recent = Recent()
    assert [recent.is_repeat("a", 0), recent.is_repeat("a", 1), recent.is_repeat("a", 0)] == [False, False, True]


def test_memory_is_bounded() -> None:
    """Only the last ones are remembered."""
    recent = Recent(limit=2)
    for item in "abc":
        recent.is_repeat(item, 0)
    assert [recent.is_repeat("c", 0), recent.is_repeat("a", 0)] == [True, False]
