"""The queue before the disk is bounded in bytes and gives groups."""

from collections.abc import Callable
from threading import Thread

import pytest

from recorder.intake import Intake
from recorder.records import Entry, ItemEntry

LONG_S = 3600.0


@pytest.fixture
def entry(item_entry: Callable[..., ItemEntry]) -> ItemEntry:
    """Something that waits."""
    return ItemEntry(item_entry().row, size_bytes=10_000)


def _take(intake: Intake, max_entries: int = 100, max_bytes: int = 10**9, linger_s: float = 0.0) -> list[Entry]:
    return intake.take(max_entries=max_entries, max_bytes=max_bytes, linger_s=linger_s)


def test_a_full_queue_refuses_until_the_disk_has_taken(entry: ItemEntry) -> None:
    """What is being written counts too: memory is free again only after `release`."""
    intake = Intake(max_bytes=30_000)
    assert [intake.offer(entry) for _ in range(3)] == [True, True, False]
    group = _take(intake)
    assert not intake.offer(entry)
    intake.release(group)
    assert intake.size_bytes == 0
    assert intake.offer(entry)


def test_an_entry_above_the_bound_is_taken_alone(entry: ItemEntry) -> None:
    """Else a large frame would be sent again for ever."""
    intake = Intake(max_bytes=1)
    assert intake.offer(entry)
    assert not intake.offer(entry)


def test_a_flood_of_tiny_messages_has_a_bound(item_entry: Callable[..., ItemEntry]) -> None:
    """An entry counts with what it takes in memory, not only with its payload."""
    intake = Intake(max_bytes=1_000_000)
    tiny = ItemEntry(item_entry().row, size_bytes=1)
    assert sum(intake.offer(tiny) for _ in range(10_000)) < 1_000


@pytest.mark.parametrize("limits", [{"max_entries": 2}, {"max_bytes": 15_000}])
def test_a_full_group_does_not_wait(entry: ItemEntry, limits: dict[str, int]) -> None:
    """By number or by bytes; the rest is the next group."""
    intake = Intake(max_bytes=10**9)
    for _ in range(3):
        intake.offer(entry)
    assert len(_take(intake, linger_s=LONG_S, **limits)) == 2


def test_a_group_is_woken_by_the_entry_that_fills_it(entry: ItemEntry) -> None:
    """A writer that lingers goes on as soon as its group is full."""
    intake = Intake(max_bytes=10**9)
    found: list[list[Entry]] = []
    thread = Thread(target=lambda: found.append(_take(intake, max_entries=3, linger_s=LONG_S)))
    thread.start()
    for _ in range(3):
        intake.offer(entry)
    thread.join(30)
    assert [len(group) for group in found] == [3]


def test_what_waits_when_closed_is_still_given(entry: ItemEntry) -> None:
    """Closing lets nothing in, everything out, and then says so with an empty group."""
    intake = Intake(max_bytes=10**9)
    intake.offer(entry)
    intake.close()
    assert intake.closed
    assert not intake.offer(entry)
    assert len(_take(intake, linger_s=LONG_S)) == 1
    assert _take(intake) == []
