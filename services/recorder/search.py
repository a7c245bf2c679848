"""The record a page at a time, for people who wait: newest or oldest first, on from any place, for so long and no more.

A search for what is rare may have millions of rows to look at. It goes so many at a time, gives what it has when its
time is up, and says how far it came: the next call goes on from there.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from recorder.query import Asked, Query, asked
from recorder.reader import FIRST, LAST, Place, StoredItem, facts_since_ms, items_at

BUDGET_S = 0.5
COUNT_LIMIT = 10_000

_STRIDE = {"facts": 20_000, "items": 2_000}
"""How many rows between two looks at the clock: some 10 to 50 ms, by how long the rows are."""

_FIRST_STRIDE = 500
"""What is not rare is found among the first rows; from there on each stride is twice as long."""


@dataclass(frozen=True, slots=True)
class Found:
    """An item and where it stands."""

    place: Place
    item: StoredItem


@dataclass(frozen=True, slots=True)
class Page:
    """What was found. `next_place`: where to go on, None at the end; it may be there though nothing was found.

    `facts_since_ms`: older items lack what was asked for until a recorder has read them once more; None: none does.
    """

    found: tuple[Found, ...]
    next_place: Place | None
    facts_since_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many items match; with `at_least` there are more, or there may be."""

    items: int
    at_least: bool


def search(  # noqa: PLR0913 - all but two are options, called by name
    connection: sqlite3.Connection,
    query: Query,
    *,
    after: Place | None = None,
    newest_first: bool = True,
    count: int = 50,
    budget_s: float = BUDGET_S,
) -> Page:
    """The next items that match, beyond a place. `query.limit` has no say.

    Raises:
        sqlite3.Error: if the store cannot be read.
    """
    since_ms = facts_since_ms(connection)
    wanted = asked(query, facts=since_ms is None)
    end_s = time.monotonic() + budget_s
    places: list[Place] = []
    place: Place | None = after or (LAST if newest_first else FIRST)
    for stretch in _stretches(connection, wanted, place or FIRST, newest_first=newest_first):
        places += _matching(connection, wanted, stretch, newest_first=newest_first, count=count + 1 - len(places))
        place = stretch.end
        if len(places) > count:
            places = places[:count]
            place = places[-1]
            break
        if time.monotonic() > end_s:
            break
    return Page(
        found=tuple(found_at(connection, places, query.camera)),
        next_place=place,
        facts_since_ms=since_ms if query.needs_facts else None,
    )


def found_at(connection: sqlite3.Connection, places: Sequence[Place], camera: str | None = None) -> list[Found]:
    """The items at these places, in their order.

    Raises:
        sqlite3.Error: if the store cannot be read.
    """
    return [Found(place, item) for place, item in items_at(connection, places, camera).items()]


def count_up_to(
    connection: sqlite3.Connection, query: Query, *, limit: int = COUNT_LIMIT, budget_s: float = BUDGET_S
) -> Count:
    """How many items match, counted up to a limit and for so long.

    Raises:
        sqlite3.Error: if the store cannot be read.
    """
    wanted = asked(query, facts=facts_since_ms(connection) is None)
    end_s = time.monotonic() + budget_s
    items = 0
    for stretch in _stretches(connection, wanted, LAST, newest_first=True):
        items += len(_matching(connection, wanted, stretch, newest_first=True, count=limit + 1 - items))
        if items > limit:
            return Count(limit, at_least=True)
        if stretch.end is not None and time.monotonic() > end_s:
            return Count(items, at_least=True)
    return Count(items, at_least=False)


def place_of(connection: sqlite3.Connection, item_id: str) -> Place | None:
    """Where an item stands, or None where there is none of this name.

    Raises:
        sqlite3.Error: if the store cannot be read.
    """
    row = connection.execute("SELECT decided_ms, id FROM items WHERE item_id = ?", (item_id,)).fetchone()
    return None if row is None else (int(row[0]), int(row[1]))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """From beyond one place to another, which belongs to it; `end` None: to the end."""

    start: Place
    end: Place | None


def _stretches(
    connection: sqlite3.Connection, wanted: Asked, start: Place, *, newest_first: bool
) -> Iterator[_Stretch]:
    """All rows that may match, in stretches; one where the index tells all."""
    if wanted.looked is not None:
        sql = f"{wanted.walk_sql(newest_first=newest_first)} OFFSET ?"
        longest = _STRIDE[wanted.table.split()[0]]
        stride = min(_FIRST_STRIDE, longest)
        while end := connection.execute(sql, (*wanted.walked.values, *start, 1, stride - 1)).fetchone():
            yield _Stretch(start, end)
            start = end
            stride = min(2 * stride, longest)
    yield _Stretch(start, None)


def _matching(
    connection: sqlite3.Connection, wanted: Asked, stretch: _Stretch, *, newest_first: bool, count: int
) -> list[Place]:
    sql, values = wanted.page_sql(newest_first=newest_first), (*wanted.values, *stretch.start)
    if stretch.end is not None:
        sql = sql.replace(" ORDER BY", f" AND (decided_ms, id) {'>=' if newest_first else '<='} (?, ?) ORDER BY")
        values = (*values, *stretch.end)
    return connection.execute(sql, (*values, count)).fetchall()
