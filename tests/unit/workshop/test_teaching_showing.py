import io
from pathlib import Path

import pytest
from rich.console import Console

from a_backbone import sees_colours
from okko.errors import ConfigError
from okko.station import load
from shown_parts import record, small_picture, write_folder, write_station
from workshop.teaching.learner import Learner
from workshop.teaching.progress import TellingPeople
from workshop.teaching.showing import Sources, show


def _shown(station: Path, sources: Sources) -> tuple[Learner, str, str]:
    learner, out = Learner(sees_colours(), compare=False), io.StringIO()
    with TellingPeople(Console(file=out, width=300)) as telling:
        what = show(sources, load(station), "top", learner, telling)
    return learner, what, out.getvalue()


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """A station with ten recorded items, two of them labelled KO, one with a defect."""
    folder = write_station(tmp_path / "station")
    record(folder / "data", [small_picture(number) for number in range(10)], ["KO", None, "KO", "OK", "bent"])
    return folder


def test_folders_are_shown(station: Path, tmp_path: Path) -> None:
    """Good ones, then KO ones."""
    good = write_folder(tmp_path / "good", [small_picture(50 + number) for number in range(4)])
    ko = write_folder(tmp_path / "ko", [small_picture(60)])
    learner, what, _ = _shown(station, Sources(folder=good, ko_folder=ko, leave_out=frozenset(["002.jpg"])))
    assert [shown.name for shown in learner.good] == ["000.jpg", "001.jpg", "003.jpg"]
    assert [shown.name for shown in learner.ko] == ["000.jpg"]
    assert what == str(good)


def test_recorded_items_are_shown(station: Path) -> None:
    """With what people said of them."""
    learner, _, told = _shown(station, Sources(recorded=100))
    assert (len(learner.good), len(learner.ko)) == (7, 3)
    assert "note: labels that are neither OK nor KO count as KO parts: bent (1)" in told
    learner, _, _ = _shown(station, Sources(labels=True))
    assert (len(learner.good), len(learner.ko)) == (1, 3)


def test_labelled_items_go_with_a_folder(station: Path, tmp_path: Path) -> None:
    """The folder's are good; the record adds what people labelled."""
    good = write_folder(tmp_path / "good", [small_picture(50 + number) for number in range(4)])
    learner, _, _ = _shown(station, Sources(folder=good, labels=True))
    assert (len(learner.good), len(learner.ko)) == (5, 3)


def test_pictures_of_another_shape_are_refused(station: Path, tmp_path: Path) -> None:
    """The record knows what the camera shows: 64 x 48."""
    good = write_folder(tmp_path / "good", [small_picture(1, (50, 50))])
    with pytest.raises(ConfigError, match="is 50 x 50 pixels, and the last recorded picture of camera top 64 x 48"):
        _shown(station, Sources(folder=good))
    learner, _, _ = _shown(station, Sources(folder=good, any_size=True))
    assert len(learner.good) == 1


def test_more_than_memory_has_room_for_is_not_used(station: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And it is said."""
    monkeypatch.setattr(Learner, "most", {"OK": 3, "KO": 1})
    learner, _, told = _shown(station, Sources(recorded=100))
    assert (len(learner.good), len(learner.ko)) == (3, 1)
    assert "4 good parts beyond the first 3 are not used" in told
    assert "2 KO parts beyond the first 1 are not used" in told


def test_a_name_that_is_not_there_is_said(station: Path) -> None:
    """Who leaves out `item-99` wanted something else."""
    with pytest.raises(ConfigError, match="there is no picture item-99"):
        _shown(station, Sources(recorded=100, leave_out=frozenset(["item-2", "item-99"])))


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (Sources(), "say where the good parts come from"),
        (Sources(ko_folder=Path("ko")), "say where the good parts come from"),
        (Sources(good=50, folder=Path("good")), "--good takes parts of the running line"),
        (Sources(good=50, labels=True), "--good takes parts of the running line"),
        (Sources(folder=Path("good"), recorded=3), "give one of them"),
        (Sources(good=9), "from 10 to 400 parts"),
        (Sources(good=50, leave_out=frozenset(["a"])), "have no names yet"),
    ],
)
def test_what_cannot_be_shown_together(sources: Sources, said: str) -> None:
    """Before anything is loaded."""
    assert said in (sources.problem or "")


@pytest.mark.parametrize(
    "sources",
    [
        Sources(good=50),
        Sources(good=50, ko_folder=Path("ko")),
        Sources(folder=Path("good"), labels=True),
        Sources(recorded=50, verdict="OK", since_ms=1),
        Sources(labels=True, since_ms=1),
    ],
)
def test_what_can_be(sources: Sources) -> None:
    """Each source alone, and KO parts with any."""
    assert sources.problem is None
