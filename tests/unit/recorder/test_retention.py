"""Which images go, and in which order: the rule alone."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.retention import (
    BY_ROOM,
    DAY_MS,
    GOLDEN,
    KO,
    LABELLED,
    OK,
    SPARE,
    SPARE_AFTER_MS,
    UNSENT,
    Candidate,
    Holding,
    RetentionSettings,
    Wish,
    chosen,
    excess,
    is_sampled,
    nearly_full,
    rank_of,
    wish,
)

NOW_MS = 1_000 * DAY_MS
MB = 1_000_000
GB = 1_000 * MB


def _held(oldest_ms: Mapping[int, int] | None = None, **changes: Any) -> Holding:
    fields: dict[str, Any] = {"kept_bytes": 0, "free_bytes": 50 * GB, "total_bytes": 100 * GB}
    return Holding(now_ms=NOW_MS, oldest_ms=oldest_ms or {}, **{**fields, **changes})


def _rank(verdict: str = "OK", **changes: Any) -> int:
    facts = {"borderline": False, "labelled": False, "golden": False, "unsent": False, "one_in": 1, **changes}
    return rank_of("item-1", verdict, **facts)


@pytest.mark.parametrize(
    ("verdict", "facts", "rank"),
    [
        ("OK", {}, OK),
        ("OK", {"unsent": True}, OK + UNSENT),
        ("OK", {"one_in": 10**6}, SPARE),
        ("OK", {"borderline": True, "one_in": 10**6}, KO),
        ("KO", {"one_in": 10**6}, KO),
        ("KO", {"labelled": True}, LABELLED),
        ("OK", {"labelled": True, "unsent": True, "one_in": 10**6}, LABELLED + UNSENT),
        ("OK", {"labelled": True, "golden": True}, GOLDEN),
    ],
)
def test_what_people_need_most_has_the_highest_rank(verdict: str, facts: dict[str, Any], rank: int) -> None:
    """Plain OK items first, then KO and borderline ones, then labelled ones, golden ones never."""
    assert _rank(verdict, **facts) == rank


def test_one_in_so_many_is_told_by_the_id_alone() -> None:
    """About that share of all items, the same ones each time; with 1 all of them."""
    ids = [f"20261123T021957{number:06d}-3f9a" for number in range(5000)]
    sampled = [item_id for item_id in ids if is_sampled(item_id, 10)]
    assert 400 < len(sampled) < 600
    assert sampled == [item_id for item_id in reversed(ids) if is_sampled(item_id, 10)][::-1]
    assert all(is_sampled(item_id, 1) for item_id in ids)


def test_nothing_goes_while_there_is_room_and_no_age() -> None:
    """The defaults remove nothing on a disk that is half empty, however old it is."""
    old = dict.fromkeys((OK, KO, LABELLED, GOLDEN), 0)
    assert wish(RetentionSettings(), _held(old), uplink=True, making_room=False) is None


@pytest.mark.parametrize(
    ("settings", "oldest_ms", "expected"),
    [
        ({"ok_days": 7}, {OK: NOW_MS - 8 * DAY_MS}, Wish(OK, "ok_days", NOW_MS - 7 * DAY_MS)),
        ({"ok_days": 7}, {OK: NOW_MS - 6 * DAY_MS}, None),
        ({"ok_days": 7}, {OK + UNSENT: 0, KO: 0, LABELLED: 0}, None),
        ({"ok_days": 7, "ko_days": 30}, {KO: 0}, Wish(KO, "ko_days", NOW_MS - 30 * DAY_MS)),
        ({"ko_days": 0.5}, {LABELLED: 0, GOLDEN: 0, KO + UNSENT: 0}, None),
        ({}, {SPARE: 0}, Wish(SPARE, "ok_images_one_in", NOW_MS - SPARE_AFTER_MS)),
        ({}, {SPARE: NOW_MS - SPARE_AFTER_MS + 1}, None),
    ],
)
def test_age_takes_what_has_gone_up_and_nobody_has_labelled(
    settings: dict[str, Any], oldest_ms: dict[int, int], expected: Wish | None
) -> None:
    """OK and KO images each by their own days; what still waits for the uplink is not taken by age."""
    assert wish(RetentionSettings(**settings), _held(oldest_ms), uplink=True, making_room=False) == expected


def test_without_an_uplink_nothing_waits_for_one() -> None:
    """A station whose `[uplink]` was taken away does not keep for ever what was noted for it."""
    settings = RetentionSettings(ok_days=7)
    found = wish(settings, _held({OK + UNSENT: 0}), uplink=False, making_room=False)
    assert found == Wish(OK + UNSENT, "ok_days", NOW_MS - 7 * DAY_MS)


def test_room_is_made_a_little_before_the_limit_and_beyond_it() -> None:
    """So that the cap holds while the line goes on, and that the work comes in rounds."""
    settings = RetentionSettings(max_bytes=100 * MB)
    begins, ends = _held({OK: 0}, kept_bytes=98 * MB + 1), _held({OK: 0}, kept_bytes=96 * MB)
    assert wish(settings, _held({OK: 0}, kept_bytes=98 * MB), uplink=True, making_room=False) is None
    assert wish(settings, begins, uplink=True, making_room=False) == Wish(OK, "max_bytes", size_bytes=1)
    assert wish(settings, begins, uplink=True, making_room=True) == Wish(OK, "max_bytes", size_bytes=2 * MB + 1)
    assert wish(settings, ends, uplink=True, making_room=True) is None


def test_people_hear_of_it_before_anything_goes() -> None:
    """At nine tenths of the cap, and at a quarter more free space than is to stay free."""
    settings = RetentionSettings(max_bytes=100 * MB)
    assert nearly_full(settings, _held(kept_bytes=89 * MB)) is None
    assert nearly_full(settings, _held(kept_bytes=90 * MB)) == "max_bytes"
    assert nearly_full(RetentionSettings(), _held(free_bytes=6 * GB)) == "min_free_percent"
    assert nearly_full(RetentionSettings(), _held(free_bytes=7 * GB)) is None
    assert nearly_full(RetentionSettings(min_free_percent=0), _held(free_bytes=0)) is None


HOLDINGS = st.builds(
    Holding,
    now_ms=st.just(NOW_MS),
    kept_bytes=st.integers(0, 200 * GB),
    free_bytes=st.integers(0, 100 * GB),
    total_bytes=st.just(100 * GB),
    oldest_ms=st.dictionaries(st.sampled_from((*BY_ROOM, GOLDEN)), st.integers(0, NOW_MS)),
)
DAYS = st.none() | st.floats(0.01, 1000)
SETTINGS = st.builds(
    RetentionSettings,
    ok_days=DAYS,
    ko_days=DAYS,
    ok_images_one_in=st.integers(1, 100),
    max_bytes=st.none() | st.integers(10 * MB, 200 * GB),
    min_free_percent=st.floats(0, 90),
)


@given(SETTINGS, HOLDINGS, st.booleans(), st.booleans())
def test_whatever_there_is_the_order_holds(
    settings: RetentionSettings, held: Holding, uplink: bool, making_room: bool
) -> None:
    """Never golden; by room nothing while an earlier rank has images; by age only what is old enough and sent."""
    found = wish(settings, held, uplink=uplink, making_room=making_room)
    over, why = excess(settings, held, making_room=making_room)
    if found is None:
        assert over <= 0 or not set(held.oldest_ms) & set(BY_ROOM)
        return
    assert found.rank in held.oldest_ms
    assert found.rank != GOLDEN
    if found.before_ms is None:
        assert (found.why, found.size_bytes) == (why, over)
        assert not set(BY_ROOM[: BY_ROOM.index(found.rank)]) & set(held.oldest_ms)
        assert found.forced == (found.rank not in {SPARE, OK})
    else:
        assert held.oldest_ms[found.rank] < found.before_ms < NOW_MS
        assert found.rank < LABELLED
        assert not uplink or not found.rank & UNSENT


CANDIDATES = st.lists(st.tuples(st.integers(0, NOW_MS), st.integers(1, 10 * MB)), max_size=40).map(
    lambda rows: [Candidate(f"item-{number}", *row) for number, row in enumerate(sorted(rows))]
)


@given(CANDIDATES, st.integers(1, 100 * MB))
def test_room_takes_the_oldest_and_no_more_than_it_needs(candidates: list[Candidate], wanted: int) -> None:
    """All but the last of them are not enough, and all of them are, or there are no more."""
    going = list(chosen(Wish(OK, "max_bytes", size_bytes=wanted), candidates))
    assert going == candidates[: len(going)]
    sizes = [candidate.size_bytes for candidate in going]
    assert sum(sizes[:-1]) < wanted
    assert sum(sizes) >= wanted or len(going) == len(candidates)


@given(CANDIDATES, st.integers(0, NOW_MS))
def test_age_takes_what_was_taken_before(candidates: list[Candidate], before_ms: int) -> None:
    """All of that, and nothing else."""
    going = set(chosen(Wish(OK, "ok_days", before_ms), candidates))
    assert going == {candidate for candidate in candidates if candidate.taken_ms < before_ms}
