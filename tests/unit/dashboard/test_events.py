"""The book of events: what is added is found again, the newest so many, whatever becomes of its file."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from dashboard.events.book import FILE, WAITING, EventBook
from dashboard.events.reader import event_kinds, newest_events, noted_since_ms
from okko import contracts as c

AT_MS = 1_795_600_000_000


def _event(**changes: Any) -> c.Event:
    fields: dict[str, Any] = {
        "severity": "warning",
        "code": "deadline_missed",
        "text": "left: no prediction within 1000 ms",
        "agent": "decision",
        "at": "2026-11-25T10:00:00.000Z",
    }
    return c.Event(**{**fields, **changes})


def test_what_was_added_is_found_newest_first(tmp_path: Path) -> None:
    """With all that an event says; of some severities only, where one asks so."""
    book = EventBook(tmp_path)
    book.add(_event())
    book.add(_event(severity="info", code="camera_back", text="camera top is open again", item_id="item-1"))
    book.flush()
    back, missed = newest_events(tmp_path, 10)
    assert (back.code, back.item_id, missed.severity, missed.agent) == ("camera_back", "item-1", "warning", "decision")
    assert [event.code for event in newest_events(tmp_path, 10, severities=("warning", "error"))] == ["deadline_missed"]
    assert newest_events(tmp_path, 1) == [back]


def test_events_that_differ_in_numbers_are_one_kind(tmp_path: Path) -> None:
    """Counted, with first and last; what is only told, and what is of another time, is not among them."""
    book = EventBook(tmp_path)
    for minute, text in ((1, "3 triggers have not come"), (5, "1 triggers have not come"), (9, "2 triggers ...")):
        book.add(_event(code="trigger_missed", text=text, at=f"2026-11-25T10:0{minute}:00.000Z"))
    book.add(_event(severity="info", code="camera_back", at="2026-11-25T10:02:00.000Z"))
    book.add(_event(severity="error", code="camera_lost", at="2026-11-25T12:00:00.000Z"))
    book.flush()
    begin = newest_events(tmp_path, 10)[-1].at_ms - 60_000
    first, other = event_kinds(tmp_path, begin, begin + 3_600_000) or []
    assert (first.code, first.count, first.text) == ("trigger_missed", 2, "1 triggers have not come")
    assert first.last_ms - first.first_ms == 4 * 60_000
    assert other.count == 1
    assert noted_since_ms(tmp_path) == begin + 60_000


def test_without_a_book_nothing_is_known(tmp_path: Path) -> None:
    """Which is another thing than a book without such events."""
    assert event_kinds(tmp_path, 0, AT_MS * 2) is None
    assert (newest_events(tmp_path, 10), noted_since_ms(tmp_path)) == ([], None)
    EventBook(tmp_path).flush()
    assert not (tmp_path / FILE).exists()
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).touch()  # as it is for a moment, when the first event is written
    assert event_kinds(tmp_path, 0, AT_MS * 2) is None
    assert (newest_events(tmp_path, 10), noted_since_ms(tmp_path)) == ([], None)


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    """However many come, and over several writes."""
    book = EventBook(tmp_path, keep=10)
    for number in range(25):
        book.add(_event(text=f"event {number}"))
        book.flush()
    assert [event.text for event in newest_events(tmp_path, 100)] == [f"event {n}" for n in range(24, 14, -1)]


def test_a_disk_that_does_not_take_them_costs_the_oldest(tmp_path: Path) -> None:
    """What waits is bounded; it is written once the disk takes it again."""
    (tmp_path / "dashboard").write_text("a file where the folder should be")
    book = EventBook(tmp_path)
    for number in range(WAITING + 5):
        book.add(_event(text=f"event {number}"))
    with pytest.raises(OSError, match=r"exists|directory"):
        book.flush()
    (tmp_path / "dashboard").unlink()
    book.flush()
    found = newest_events(tmp_path, WAITING * 2)
    assert (len(found), found[-1].text, found[0].text) == (WAITING, "event 5", f"event {WAITING + 4}")


def test_a_damaged_book_is_put_aside(tmp_path: Path) -> None:
    """A new one is begun; the old one stays, for whoever wants to look."""
    file = tmp_path / FILE
    file.parent.mkdir()
    file.write_bytes(b"no database" * 500)
    book = EventBook(tmp_path)
    book.add(_event())
    book.flush()
    assert len(newest_events(tmp_path, 10)) == 1
    assert [path.read_bytes()[:11] for path in file.parent.glob("events.db.damaged-*")] == [b"no database"]


def test_an_instant_that_is_none_is_that_of_its_arrival(tmp_path: Path) -> None:
    """Events come from the broker, where anyone may write."""
    book = EventBook(tmp_path)
    book.add(_event(at="yesterday", text="é" * 5000))
    book.flush()
    (event,) = newest_events(tmp_path, 1)
    assert event.at_ms > AT_MS - 10**12
    assert len(event.text) == 2000


async def test_what_is_left_at_the_end_is_written(tmp_path: Path) -> None:
    """An agent that is stopped loses none."""
    book = EventBook(tmp_path)
    running = asyncio.create_task(book.run())
    await asyncio.sleep(0)
    book.add(_event())
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(newest_events(tmp_path, 10)) == 1


async def test_a_book_that_cannot_be_written_says_so_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """And does not end the agent."""
    (tmp_path / "dashboard").mkdir()
    with sqlite3.connect(tmp_path / FILE) as other:
        other.execute("CREATE TABLE events (id INTEGER PRIMARY KEY)")
    other.close()
    book = EventBook(tmp_path)
    book.add(_event())
    running = asyncio.create_task(book.run())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert caplog.text.count("events cannot be kept") == 1
