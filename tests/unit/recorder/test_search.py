"""The record is searched a page at a time, in both directions, and within its time."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from okko import contracts as c
from okko.clock import utc_text
from recorder import search as module
from recorder.facts_store import add_lacking
from recorder.labels import LabelEntry
from recorder.migrations import MIGRATIONS, migrate
from recorder.query import Query
from recorder.reader import open_store, stored_items
from recorder.records import ItemEntry
from recorder.search import Count, Page, count_up_to, place_of, search
from recorder.store import Store

ItemMaker = Callable[..., ItemEntry]

ITEMS = 40
MODELS = ("duck", "crack")


def _changes(number: int) -> dict[str, object]:
    """Item `i<number>`: every fourth KO, every tenth borderline; two models, the second for every other item alone."""
    ko = number % 4 == 0
    finding = c.Finding(
        rule="min_count" if number % 8 else "expected_label",
        camera="top",
        verdict="KO" if ko else "OK",
        text=f"Scratch {number}",
        borderline=number % 10 == 5,
    )
    return {
        "item_id": f"i{number:02d}",
        "part_id": f"Duck-{number // 2}",
        "verdict": "KO" if ko else "OK",
        "borderline": number % 10 == 5,
        "finding": f"top: Scratch {number}" if ko else None,
        "decided_at": utc_text(number // 3 * 10**9),
        "trigger": {"part_id": f"Duck-{number // 2}", "mould": number % 5, "operator": "Zoé" if number == 7 else "Max"},
        "findings": (finding,),
        "predictions": tuple(
            c.Prediction(
                item_id=f"i{number:02d}",
                camera="top" if name == "duck" else "side",
                frame_id="f",
                model=c.ModelRef(name=name, version="1", sha256="0" * 64),
                task="classification",
                label="OK",
                score=number / ITEMS if name == "duck" else 1 - number / ITEMS,
            )
            for name in MODELS[: 1 + number % 2]
        ),
    }


@pytest.fixture
def folder(tmp_path: Path, item_entry: ItemMaker) -> Path:
    """Forty items, three a second; two of them labelled."""
    store = Store.open(tmp_path)
    store.add([item_entry(**_changes(number)).row for number in range(ITEMS)], [])
    labels = [LabelEntry("r", name, label, None, "shift-2", 5) for name, label in (("i08", "KO"), ("i09", "dent"))]
    store.add([], [], labels)
    store.close()
    return tmp_path


@contextmanager
def _opened(folder: Path) -> Iterator[sqlite3.Connection]:
    with open_store(folder) as connection:
        assert connection is not None
        yield connection


def _numbers(page: Page) -> list[int]:
    return [int(msgspec.json.decode(found.item.item)["item_id"][1:]) for found in page.found]


QUERIES: list[tuple[Query, Callable[[int], bool]]] = [
    (Query(), lambda _: True),
    (Query(verdict="KO"), lambda n: n % 4 == 0),
    (Query(finding="scratch 1"), lambda n: (n % 4 == 0 or n % 10 == 5) and f"scratch {n}".startswith("scratch 1")),
    (Query(finding="nothing"), lambda _: False),
    (Query(rule="min_count"), lambda n: (n % 4 == 0 or n % 10 == 5) and n % 8 != 0),
    (Query(rule="count"), lambda _: False),
    (Query(text="mould=3"), lambda n: n % 5 == 3),
    (Query(text="ZOÉ"), lambda n: n == 7),
    (Query(text="duck-1"), lambda n: str(n // 2).startswith("1")),
    (Query(part_id="Duck-1"), lambda n: n in {2, 3}),
    (Query(part_id="duck-1"), lambda _: False),
    (Query(borderline=True), lambda n: n % 10 == 5),
    (Query(borderline=False, verdict="OK"), lambda n: n % 10 != 5 and n % 4 != 0),
    (Query(labelled=True), lambda n: n in {8, 9}),
    (Query(labelled=False), lambda n: n not in {8, 9}),
    (Query(label="dent"), lambda n: n == 9),
    (Query(model="crack"), lambda n: n % 2 == 1),
    (Query(model="cra"), lambda _: False),
    (Query(min_score=0.9), lambda n: n >= 36 or (n % 2 == 1 and n <= 4)),
    (Query(min_score=0.4, max_score=0.5), lambda n: 16 <= n <= 20 or (n % 2 == 1 and 20 <= n <= 24)),
    (Query(model="duck", min_score=0.4, max_score=0.5), lambda n: 16 <= n <= 20),
    (Query(camera="side", max_score=0.5), lambda n: n % 2 == 1 and n >= 20),
    (Query(camera="side", model="duck"), lambda _: False),
    (Query(camera="side"), lambda n: n % 2 == 1),
    (Query(since_ms=5000, until_ms=7000, text="mould"), lambda n: 15 <= n < 21),
]


@pytest.mark.parametrize(("query", "matches"), QUERIES)
@pytest.mark.parametrize("stride", [1, 7, 1000])
def test_each_filter_finds_what_it_says(
    folder: Path, query: Query, matches: Callable[[int], bool], stride: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Newest first and oldest first, page by page, on from the last one, whatever the strides; counted, and listed."""
    monkeypatch.setattr(module, "_STRIDE", {"facts": stride, "items": stride})
    wanted = [number for number in range(ITEMS) if matches(number)]
    with _opened(folder) as connection:
        for newest_first in (True, False):
            seen: list[int] = []
            place = None
            while True:
                page = search(connection, query, after=place, newest_first=newest_first, count=3)
                seen += _numbers(page)
                if (place := page.next_place) is None:
                    break
                assert len(page.found) == 3
            assert seen == (wanted[::-1] if newest_first else wanted)
        assert count_up_to(connection, query) == Count(len(wanted), at_least=False)
        listed = [msgspec.json.decode(stored.item)["item_id"] for stored in stored_items(connection, query)]
    assert listed == [f"i{number:02d}" for number in wanted]


def test_a_search_ends_when_its_time_is_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how far it came, and goes on from there."""
    monkeypatch.setattr(module, "_STRIDE", {"facts": 10, "items": 10})
    with _opened(folder) as connection:
        page = search(connection, Query(text="zoé"), budget_s=0)
        rounds = 1
        assert page.next_place is not None
        assert page.next_place[0] == 10_000, "ten items, three a second, from item 39 on: to item 30"
        while not page.found:
            assert page.next_place is not None
            page = search(connection, Query(text="zoé"), after=page.next_place, budget_s=0)
            rounds += 1
        assert (_numbers(page), rounds) == ([7], 4)
        assert count_up_to(connection, Query(text="mould=1"), budget_s=0) == Count(2, at_least=True)


def test_a_count_stops_where_nobody_counts_on(folder: Path) -> None:
    """More than so many is all that it says."""
    with _opened(folder) as connection:
        assert count_up_to(connection, Query(), limit=39) == Count(39, at_least=True)
        assert count_up_to(connection, Query(), limit=40) == Count(40, at_least=False)


def test_the_next_and_the_previous_of_an_item(folder: Path) -> None:
    """Within a filter, from the item's own place."""
    with _opened(folder) as connection:
        place = place_of(connection, "i15")
        assert place == (5000, 16)
        query = Query(verdict="KO")
        assert _numbers(search(connection, query, after=place, newest_first=False, count=1)) == [16]
        assert _numbers(search(connection, query, after=place, count=1)) == [12]
        assert place_of(connection, "nobody") is None


def test_items_of_an_older_okko_get_their_facts_by_and_by(
    tmp_path: Path, item_entry: ItemMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest first; meanwhile what `items` can tell is told of all, and the rest says from when on it is known."""
    monkeypatch.setattr("recorder.facts_store.STEP_ROWS", 15)
    file = tmp_path / "store.sqlite"
    old = sqlite3.connect(file, isolation_level=None)
    migrate(old, file, MIGRATIONS[:5])
    columns = "item_id, record_seq, verdict, reason, part_id, seq, decided_ms, latency_ms, borderline, cameras, item"
    for number in range(ITEMS):
        row = item_entry(**_changes(number)).row
        values = [getattr(row, name) for name in columns.split(", ")]
        old.execute(f"INSERT INTO items ({columns}) VALUES ({', '.join('?' * 11)})", values)  # noqa: S608 - constants
    old.execute("UPDATE items SET item = '{}' WHERE item_id = 'i20'")
    old.execute("INSERT INTO labels VALUES ('i03', 'KO', 0, 'shift-2', 5)")
    old.close()

    store = Store.open(tmp_path)
    store.add([item_entry(**{**_changes(41), "item_id": "i41"}).row], [])
    writing = store._connection  # noqa: SLF001 - the sweeper has another one
    with _opened(tmp_path) as connection:

        def text() -> Page:
            return search(connection, Query(text="mould=0"))

        assert (_numbers(text()), text().facts_since_ms) == ([], 13_000)
        assert _numbers(search(connection, Query(label="KO"))) == [3]
        assert len(search(connection, Query(camera="top")).found) == 41
        assert search(connection, Query(camera="top")).facts_since_ms is None
        assert add_lacking(writing)
        assert (_numbers(text()), text().facts_since_ms) == ([35, 30, 25], 8_000)
        while add_lacking(writing):
            pass
        assert (_numbers(text()), text().facts_since_ms) == ([35, 30, 25, 15, 10, 5, 0], None)
        assert _numbers(search(connection, Query(label="KO"))) == [3]
    store.close()


def test_labels_and_forgetting_are_followed(folder: Path) -> None:
    """What is labelled otherwise, or no longer, or forgotten, is found no more."""
    store = Store.open(folder)
    store.add([], [], [LabelEntry("r", "i09", "KO", None, "shift-3", 6), LabelEntry("r", "i08", None, None, "x", 7)])
    store._connection.execute("DELETE FROM items WHERE item_id = 'i07'")  # noqa: SLF001 - as the sweeper does
    store.close()
    with _opened(folder) as connection:
        assert _numbers(search(connection, Query(label="dent"))) == []
        assert _numbers(search(connection, Query(labelled=True))) == [9]
        assert _numbers(search(connection, Query(text="zoé"))) == []
