"""The table of what is still to go up: noted with the item, read in order, marked once it has arrived."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from okko.errors import ConfigError
from recorder.beside import NotThereYet
from recorder.migrations import FILE_NAME, MIGRATIONS, migrate
from recorder.records import ItemEntry
from recorder.store import Store
from recorder.uplink_store import NEVER, Backlog, UplinkStore

Make = Callable[..., ItemEntry]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The writer's side of an empty store of a station with a way up."""
    opened = Store.open(tmp_path, uplink=True)
    yield opened
    opened.close()


@pytest.fixture
def uplink(store: Store, tmp_path: Path) -> Iterator[UplinkStore]:
    """The uplink's side of it."""
    assert store is not None
    opened = UplinkStore.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def keep(store: Store, item_entry: Make) -> Callable[..., None]:
    """Record items, by their `record_seq`."""

    def record(*record_seqs: int) -> None:
        store.add([item_entry(item_id=f"i{seq}", record_seq=seq).row for seq in record_seqs], [])

    return record


def ids(uplink: UplinkStore, *without: str, max_items: int = 100, max_bytes: int = 10**9) -> list[str]:
    """What waits."""
    return [w.item_id for w in uplink.waiting(without=without, max_items=max_items, max_bytes=max_bytes)]


def test_items_wait_in_the_order_of_record_seq(uplink: UplinkStore, keep: Callable[..., None]) -> None:
    """Whatever the order they were recorded in; the item is as it came, and those that are under way are left out."""
    keep(3, 1)
    keep(2, 4)
    assert ids(uplink) == ["i1", "i2", "i3", "i4"]
    assert ids(uplink, "i1", "i3") == ["i2", "i4"]
    assert ids(uplink, max_items=3) == ["i1", "i2", "i3"]
    assert ids(uplink, max_bytes=1) == ["i1"]
    assert '"record_seq":1' in uplink.waiting(without=(), max_items=1, max_bytes=1)[0].item


def test_a_repeated_item_waits_once(uplink: UplinkStore, store: Store, keep: Callable[..., None]) -> None:
    """An item that comes again is neither noted again, nor waits anew once it has arrived."""
    keep(1)
    keep(1)
    assert ids(uplink) == ["i1"]
    assert uplink.settle(["i1"], {}) == 1
    keep(1)
    assert ids(uplink) == []
    assert store.add([], []).to_send == ()


def test_what_is_new_comes_back_from_the_commit(store: Store, item_entry: Make) -> None:
    """So that it can go at once; without a way up nothing does, and nothing is noted."""
    row = item_entry().row
    assert store.add([row], []).to_send == (row,)
    assert store.add([row], []).to_send == ()


def test_without_a_way_up_nothing_waits(tmp_path: Path, item_entry: Make) -> None:
    """The table does not grow where nobody empties it."""
    store = Store.open(tmp_path)
    assert store.add([item_entry().row], []).to_send == ()
    assert UplinkStore.open(tmp_path).backlog() == Backlog(0, 0)


def test_a_group_that_fails_leaves_nothing_waiting(store: Store, uplink: UplinkStore, item_entry: Make) -> None:
    """The note is in the item's own commit: both or none."""
    broken = item_entry(item_id="other").row
    object.__setattr__(broken, "decided_ms", "noon")
    with pytest.raises(sqlite3.IntegrityError):
        store.add([item_entry().row, broken], [])
    assert uplink.backlog() == Backlog(0, 0)


def test_what_was_given_up_waits_again_where_it_fits(uplink: UplinkStore, keep: Callable[..., None]) -> None:
    """With a larger limit, or none; what was refused for itself never does."""
    keep(1, 2, 3, 4)
    assert uplink.settle([], {"i1": 1000, "i2": 2000, "i3": NEVER}) == 0
    assert uplink.backlog() == Backlog(waiting=1, given_up=3)
    assert ids(uplink) == ["i4"]
    assert uplink.try_again(999) == 0
    assert uplink.try_again(1000) == 1
    assert ids(uplink) == ["i1", "i4"]
    assert uplink.try_again(None) == 1
    assert ids(uplink) == ["i1", "i2", "i4"]


def test_marking_what_is_unknown_does_nothing(uplink: UplinkStore, keep: Callable[..., None]) -> None:
    """A hub's receipt may be another station's."""
    keep(1)
    assert uplink.settle(["another station's", "i1", "i1"], {}) == 1
    assert uplink.backlog() == Backlog(0, 0)


def test_an_item_that_is_removed_waits_no_more(uplink: UplinkStore, keep: Callable[..., None], tmp_path: Path) -> None:
    """Whoever removes it from the record, by whatever program."""
    keep(1, 2)
    with sqlite3.connect(tmp_path / FILE_NAME) as other:
        other.execute("DELETE FROM items WHERE item_id = 'i1'")
    assert uplink.backlog() == Backlog(1, 0)


def test_a_disk_that_refuses_leaves_all_as_it_was(uplink: UplinkStore, keep: Callable[..., None]) -> None:
    """A group is marked whole or not at all, and the next one is."""
    keep(1, 2)
    with pytest.raises(sqlite3.IntegrityError):
        uplink.settle(["i1"], {"i2": "large"})  # type: ignore[dict-item] # what the column does not take
    assert ids(uplink) == ["i1", "i2"]
    assert uplink.settle(["i1"], {}) == 1


def test_a_store_of_before_is_brought_up_to_date(tmp_path: Path, item_entry: Make) -> None:
    """Items that were recorded without a way up do not go up; new ones do."""
    connection = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    migrate(connection, tmp_path / FILE_NAME, MIGRATIONS[:1])
    connection.close()
    with pytest.raises(NotThereYet):
        UplinkStore.open(tmp_path)
    store = Store.open(tmp_path, uplink=True)
    store.add([item_entry().row], [])
    store.close()
    uplink = UplinkStore.open(tmp_path)
    assert ids(uplink) == ["item-1"]
    uplink.close()


def test_before_the_writer_has_made_it_there_is_nothing(tmp_path: Path) -> None:
    """The uplink makes no file of its own; one that is no store is an error."""
    with pytest.raises(NotThereYet):
        UplinkStore.open(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with sqlite3.connect(tmp_path / FILE_NAME) as another_programs:
        another_programs.execute("CREATE TABLE ducks (name TEXT)")
    with pytest.raises(ConfigError):
        UplinkStore.open(tmp_path)
