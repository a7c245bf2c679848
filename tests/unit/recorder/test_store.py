"""The store adds what is new, once, and keeps what it has."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from recorder.migrations import FILE_NAME
from recorder.records import FrameEntry, FrameRow, ItemEntry, frame_row
from recorder.store import KnownFrame, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = Store.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def frame(frame_entry: Callable[..., FrameEntry]) -> FrameRow:
    """A frame's row."""
    return frame_row(frame_entry(), 10, "a" * 64)


def _all(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / FILE_NAME) as connection:
        return connection.execute(sql).fetchall()


def test_what_comes_again_stays_as_it_was(
    store: Store, frame: FrameRow, item_entry: Callable[..., ItemEntry], tmp_path: Path
) -> None:
    """The second one adds nothing and changes nothing."""
    first = store.add([item_entry().row], [frame])
    again = store.add([item_entry(part_id="other").row], [replace(frame, source="other")])
    assert (first.items, first.frames, again.items, again.frames) == (1, 1, 0, 0)
    assert _all(tmp_path, "SELECT part_id FROM items") == [("duck-1",)]
    assert _all(tmp_path, "SELECT source FROM frames") == [("duck.jpg",)]


def test_an_item_that_comes_with_another_verdict_is_told(store: Store, item_entry: Callable[..., ItemEntry]) -> None:
    """Two verdicts for one item are never right, so a person hears of it; the first one stands."""
    store.add([item_entry().row], [])
    assert store.add([item_entry().row], []).contradicting == ()
    assert store.add([item_entry(verdict="KO", reason="deadline").row], []).contradicting == ("item-1",)


def test_a_commit_is_whole_or_not_at_all(
    store: Store, frame: FrameRow, item_entry: Callable[..., ItemEntry], tmp_path: Path
) -> None:
    """A row that the schema refuses takes the whole group back, and the store goes on."""
    broken = replace(frame, frame_id="other", captured_ms="noon")  # type: ignore[arg-type] # what must not get in
    with pytest.raises(sqlite3.IntegrityError):
        store.add([item_entry().row], [frame, broken])
    assert _all(tmp_path, "SELECT count(*) FROM frames") == [(0,)]
    assert store.add([item_entry().row], [frame]).items == 1


def test_a_known_frame_is_found(store: Store, frame: FrameRow) -> None:
    """By its id, with its path and the hash of its data."""
    store.add([], [frame])
    assert store.known_frame(frame.frame_id) == KnownFrame(frame.path, frame.frame_sha256)
    assert store.known_frame("other") is None
    assert [recent.path for recent in store.recent(10)] == [frame.path]
    store.settle()
    assert store.recent(10) == []


def test_each_commit_is_safe_from_a_power_cut(store: Store) -> None:
    """WAL with a flush at each commit: that is what a receipt promises."""
    connection = store._connection  # noqa: SLF001 - the promise is a setting of this very connection
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
