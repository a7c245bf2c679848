from pathlib import Path

import pytest

from okko.errors import ConfigError
from shown_parts import record, small_picture
from workshop.teaching.from_record import Record

PICTURES = [small_picture(number) for number in range(6)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Six items; the second is labelled OK, the third KO, the fifth scratch."""
    record(tmp_path, PICTURES, [None, "OK", "KO", None, "scratch"])
    return tmp_path


def _shown(found: Record) -> list[tuple[str, str]]:
    return [(example.name, example.known) for example in found.examples()]


def test_items_are_good_unless_a_person_says_otherwise(data: Path) -> None:
    """KO is a KO example, and so is a defect, which is counted."""
    found = Record(data, "top")
    assert found.count() == 6
    assert _shown(found) == [
        ("item-1", "OK"),
        ("item-2", "OK"),
        ("item-3", "KO"),
        ("item-4", "OK"),
        ("item-5", "KO"),
        ("item-6", "OK"),
    ]
    assert dict(found.left_out) == {}
    assert dict(found.defects) == {"scratch": 1}


def test_golden_parts_are_no_examples(tmp_path: Path) -> None:
    """A known-bad one would be taken for good; what a person labelled all the same is what the person says."""
    record(tmp_path, PICTURES, [None, None, "KO"], golden={2, 3})
    found = Record(tmp_path, "top")
    assert _shown(found) == [("item-1", "OK"), ("item-3", "KO"), ("item-4", "OK"), ("item-5", "OK"), ("item-6", "OK")]
    assert dict(found.left_out) == {"they are golden parts": 1}


def test_only_what_people_labelled(data: Path) -> None:
    """With `labels`."""
    assert _shown(Record(data, "top", labels=True)) == [("item-2", "OK"), ("item-3", "KO"), ("item-5", "KO")]


def test_only_those_that_somebody_chose(data: Path) -> None:
    """By their ids; what is not in the record, or not of the camera, is counted."""
    found = Record(data, "top", items=("item-6", "item-3", "item-99"))
    assert found.count() == 2
    assert _shown(found) == [("item-3", "KO"), ("item-6", "OK")]
    assert list(found.left_out.values()) == [1]


def test_a_range_of_time_and_the_newest_so_many(data: Path) -> None:
    """Since inclusive, until not, as in `okko items`."""
    assert [name for name, _ in _shown(Record(data, "top", since_ms=2000, until_ms=4000))] == ["item-2", "item-3"]
    assert [name for name, _ in _shown(Record(data, "top", limit=2))] == ["item-5", "item-6"]
    assert _shown(Record(data, "top", verdict="KO")) == []
    assert _shown(Record(data, "side")) == []


def test_an_example_carries_what_the_record_knows(data: Path) -> None:
    """The bytes, their hash, when it was exposed, what the PLC called it."""
    first = next(Record(data, "top").examples())
    assert first.data == PICTURES[0]
    assert (first.captured_at, first.part_id) == ("1970-01-01T00:00:01.000Z", "duck-1")


def test_an_image_that_is_gone_or_damaged_is_passed_over(data: Path) -> None:
    """And counted: retention works while we read."""
    images = sorted(data.rglob("*.jpg"))
    images[0].unlink()
    images[1].write_bytes(b"rubbish")
    found = Record(data, "top")
    assert [name for name, _ in _shown(found)] == ["item-3", "item-4", "item-5", "item-6"]
    assert found.left_out["their images cannot be read"] == 2


def test_nothing_recorded_is_said(tmp_path: Path) -> None:
    """With what to do."""
    with pytest.raises(ConfigError, match="nothing is recorded here yet"):
        list(Record(tmp_path, "top").examples())


def test_a_damaged_record_is_said(data: Path) -> None:
    """It is the recorder's to mend."""
    next(data.glob("*.sqlite*")).write_bytes(b"SQLite format 3\0" + bytes(4096))
    with pytest.raises(ConfigError):
        list(Record(data, "top").examples())
