"""The address of the items page says which items, and can be shared."""

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

import pytest

from dashboard.items.wanted import FILTERS, place_in, place_text, wanted
from recorder.query import Query

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=timezone(timedelta(hours=1)))
NOON_MS = round(datetime(2026, 11, 25, 11, 0, tzinfo=UTC).timestamp() * 1000)
HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("asked", "query"),
    [
        ({}, Query()),
        ({"verdict": "KO", "reason": "deadline"}, Query(verdict="KO", reason="deadline")),
        ({"text": " mould=17 ", "finding": "", "part": "duck-1"}, Query(text="mould=17", part_id="duck-1")),
        ({"camera": "top", "model": "duck", "rule": "image"}, Query(camera="top", model="duck", rule="image")),
        ({"min": "0.4", "max": "0,6"}, Query(min_score=0.4, max_score=0.6)),
        ({"labelled": "no", "borderline": "yes"}, Query(labelled=False, borderline=True)),
        ({"label": "dent", "golden": "no"}, Query(label="dent", golden=False)),
        ({"since": "2h"}, Query(since_ms=NOON_MS - 2 * HOUR_MS)),
        (
            {"since": "2026-11-25T12:00", "until": "2026-11-25T12:00:01"},
            Query(since_ms=NOON_MS, until_ms=NOON_MS + 1000),
        ),
        ({"since": "2026-11-25T11:00Z"}, Query(since_ms=NOON_MS)),
        ({"unknown": "x"}, Query()),
    ],
)
def test_filters_are_read(asked: dict[str, str], query: Query) -> None:
    """Instants without a zone are those of the line's clock; what is empty is no filter."""
    assert wanted(asked, NOW).query == query


@pytest.mark.parametrize(
    ("name", "text"),
    [("verdict", "MAYBE"), ("since", "noon"), ("min", "much"), ("max", "nan"), ("borderline", "1"), ("reason", "x")],
)
def test_what_cannot_be_read_is_named_and_left_out(name: str, text: str) -> None:
    """The page says so beside the field, which still shows what was typed."""
    found = wanted({name: text, "text": "duck"}, NOW)
    assert (found.wrong, found.query, found.given[name]) == ((name,), Query(text="duck"), text)


def test_an_address_leads_back_to_the_same_items() -> None:
    """With all filters, whatever letters are in them."""
    asked = {"text": "operator=Zoé & <b>", "verdict": "KO", "order": "old", "after": "5-7"}
    address = wanted(asked, NOW).address("/items", before="1-2")
    path, query = urlsplit(address).path, dict(parse_qsl(urlsplit(address).query))
    assert (path, query) == ("/items", {"text": asked["text"], "verdict": "KO", "order": "old", "before": "1-2"})
    again = wanted(query, NOW)
    assert (again.query, again.oldest_first, again.before) == (wanted(asked, NOW).query, True, (1, 2))
    assert wanted({}, NOW).address("/items") == "/items"


def test_places_stand_in_addresses() -> None:
    """Also from before 1970; rubbish is none."""
    for place in ((1, 2), (-5, 7), (1_795_000_000_000, 12)):
        assert place_in(place_text(place)) == place
    for text in ("", "x", "1", "-", "1-x", f"{2**70}-1", "1-2-"):
        assert place_in(text) is None


def test_each_filter_of_a_query_stands_in_the_address() -> None:
    """None is forgotten: but how many, and which ids, is not for people to type."""
    assert len(FILTERS) == len(Query.__slots__) - len(("limit", "items"))
