from pathlib import Path

import pytest

from dashboard.teach.choice import Choice, Gathered
from dashboard.teach.gather import gather
from recorder.reader import open_store
from shown_parts import record, small_picture

LABELS = [None, "OK", "KO", None, "scratch", None, "scratch"]
"""Of twenty items the first seven; the eighth is a golden part."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of twenty items that passed."""
    folder = tmp_path_factory.mktemp("data")
    record(folder, [small_picture(number) for number in range(20)], LABELS, golden={8})
    return folder


def _found(data: Path, choice: Choice) -> Gathered:
    with open_store(data) as connection:
        assert connection is not None
        return gather(connection, choice)


def test_the_newest_that_passed_are_good_and_all_labelled_ko_are_shown(data: Path) -> None:
    """Golden parts are none; a defect is KO, and counted by its name."""
    found = _found(data, Choice(camera="top", count=10))
    assert found.good == tuple(f"item-{number}" for number in range(20, 10, -1))
    assert set(found.ko) == {"item-3", "item-5", "item-7"}
    assert found.defects == {"scratch": 2, "KO": 1}
    everything = _found(data, Choice(camera="top", count=400))
    assert set(everything.good) == {f"item-{number}" for number in (1, 2, 4, 6, *range(9, 21))}
    assert len(everything.ko) == 3


def test_only_what_people_labelled(data: Path) -> None:
    """Within a span of time, where one is given."""
    found = _found(data, Choice(camera="top", images="labelled"))
    assert (found.good, set(found.ko)) == (("item-2",), {"item-3", "item-5", "item-7"})
    found = _found(data, Choice(camera="top", images="labelled", since_ms=2000, until_ms=4000))
    assert (found.good, found.ko) == (("item-2",), ("item-3",))


def test_only_what_somebody_picked(data: Path) -> None:
    """Each as it is labelled; of another camera there are none."""
    picked = ("item-7", "item-9", "item-99")
    found = _found(data, Choice(camera="top", images="chosen", items=picked))
    assert (found.good, found.ko) == (("item-9",), ("item-7",))
    assert _found(data, Choice(camera="side", images="chosen", items=picked)) == Gathered()
