"""What people say is kept with its history, can be taken back, and is told at a glance."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from okko import contracts as c
from okko.clock import utc_text
from recorder.annotations import AnnotateEntry, Annotation, Drawn, FrameAnnotations
from recorder.archive import Archive
from recorder.label_store import MAX_CHANGES, Outcome, Said
from recorder.labelled import drawings, history, sizes, to_look_at
from recorder.labels import LabelEntry, Labelled, LabelledMany, LabelRefused, LabelsEntry
from recorder.reader import open_store
from recorder.records import FrameEntry, ItemEntry
from recorder.retention import KO, LABELLED, OK
from recorder.search import Count

ItemMaker = Callable[..., ItemEntry]
FrameMaker = Callable[..., FrameEntry]

BOX = Annotation(label="scratch", box=(0.1, 0.2, 0.3, 0.4))


def _odd(score: float) -> tuple[c.Prediction, ...]:
    model = c.ModelRef(name="odd", version="1", sha256="0" * 64)
    one = c.Prediction(item_id="i", camera="top", frame_id="f", model=model, task="anomaly", anomaly_score=score)
    return (msgspec.structs.replace(one, anomaly_threshold=1.0),)


@pytest.fixture
def archive(tmp_path: Path, item_entry: ItemMaker, frame_entry: FrameMaker) -> Iterator[Archive]:
    """Ten items with a frame each; the first three borderline, and the nearer to their threshold the later."""
    opened = Archive.open(tmp_path)
    for number in range(10):
        changes = {"borderline": number < 3, "predictions": _odd(1.3 - number / 10) if number < 6 else ()}
        opened.keep([item_entry(item_id=f"i{number}", decided_at=utc_text(number * 10**9), **changes)])
        opened.keep([frame_entry(item_id=f"i{number}", frame_id=f"f{number}")])
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path, archive: Archive) -> Iterator[sqlite3.Connection]:  # noqa: ARG001 - it fills the record
    """The record, for reading."""
    with open_store(tmp_path) as connection:
        assert connection is not None
        yield connection


def _say(archive: Archive, *said: Said) -> list[Outcome]:
    return list(archive.keep(said).outcomes)


def _label(item_id: str, label: str | None = None, by: str = "anna", **changes: Any) -> LabelEntry:
    golden, at_ms = changes.pop("golden", None), changes.pop("at_ms", 5)
    return LabelEntry("r", item_id, label, golden, by, at_ms, **changes)


def _now(store: sqlite3.Connection, item_id: str) -> tuple[str, int] | None:
    found = store.execute("SELECT label, golden FROM labels WHERE item_id = ?", (item_id,)).fetchone()
    return None if found is None else (found[0], found[1])


def test_each_change_is_kept_with_what_was_before(archive: Archive, store: sqlite3.Connection) -> None:
    """Who, when, what, and what it took the place of."""
    _say(archive, _label("i1", "KO", golden=True), _label("i1", "dent", "bert", at_ms=6), _label("i1"))
    told = [(one.by, one.at_ms, one.was_label, one.was_golden, one.label, one.golden) for one in history(store, "i1")]
    assert told == [
        ("anna", 5, None, False, "KO", True),
        ("bert", 6, "KO", True, "dent", True),
        ("anna", 5, "dent", True, None, False),
    ]


def test_undo_takes_back_step_by_step(archive: Archive, store: sqlite3.Connection) -> None:
    """To what it was, golden or not; at the beginning there is nothing to undo, and new changes can be undone again."""
    _say(archive, _label("i1", "KO", golden=True), _label("i1", "dent", golden=False))
    seen = []
    for _ in range(2):
        _say(archive, _label("i1", undo=True))
        seen.append(_now(store, "i1"))
    (refused,) = _say(archive, _label("i1", undo=True))
    assert seen == [("KO", 1), None]
    assert refused == LabelRefused("r", "there is nothing to undo of item 'i1'", "i1")
    _say(archive, _label("i1", "OK"), _label("i1", "KO"), _label("i1", undo=True))
    assert _now(store, "i1") == ("OK", 0)


def test_undo_takes_back_nobody_elses(archive: Archive, store: sqlite3.Connection) -> None:
    """Where the change is named: the label that somebody gave meanwhile stays."""
    mine, _ = _say(archive, _label("i1", "KO"), _label("i1", "OK", "bert"))
    assert isinstance(mine, Labelled)
    (refused,) = _say(archive, _label("i1", undo=True, entry=mine.entry))
    assert refused == LabelRefused("r", "item 'i1' was labelled OK by bert since", "i1")
    assert _now(store, "i1") == ("OK", 0)


def test_a_history_has_its_bounds(archive: Archive, store: sqlite3.Connection) -> None:
    """The newest changes stay, and can still be undone."""
    for number in range(MAX_CHANGES + 20):
        _say(archive, _label("i1", f"class {number}"))
    kept = history(store, "i1")
    assert (len(kept), kept[-1].label) == (MAX_CHANGES, f"class {MAX_CHANGES + 19}")
    _say(archive, _label("i1", undo=True))
    assert _now(store, "i1") == (f"class {MAX_CHANGES + 18}", 0)


def test_many_labels_are_one_commit(archive: Archive, store: sqlite3.Connection) -> None:
    """Those that cannot be given are told, the others stand, and their images stay longer."""
    entries = tuple(_label(f"i{number}", "KO") for number in (5, 6, 99))
    (outcome,) = _say(archive, LabelsEntry("r", entries))
    assert isinstance(outcome, LabelledMany)
    assert outcome.result["labelled"] == 2
    assert sorted(outcome.result["entries"]) == ["i5", "i6"]
    assert outcome.result["refused"] == [{"item_id": "i99", "why": "there is no item 'i99' in the record"}]
    ranks = dict(store.execute("SELECT item_id, rank FROM frames"))
    assert (ranks["i5"], ranks["i6"], ranks["i7"], ranks["i0"]) == (LABELLED, LABELLED, OK, KO)


def test_drawings_are_kept_by_frame(archive: Archive, store: sqlite3.Connection) -> None:
    """They replace what was drawn; none takes it back; frames that are unknown are told; their images stay longer."""

    def draw(frame_id: str, *annotations: Annotation) -> Outcome:
        frames = (FrameAnnotations(frame_id=frame_id, annotations=annotations),)
        (outcome,) = _say(archive, AnnotateEntry("r", "anna", 5, frames, 100))
        return outcome

    assert draw("f7", BOX) == Drawn("r", "anna", 1, 1, ("i7",), ())
    assert draw("f7", BOX, BOX) == Drawn("r", "anna", 1, 2, ("i7",), ())
    assert draw("f99", BOX) == Drawn("r", "anna", 0, 0, (), ("f99",))
    found = drawings(store, ["f7", "f8"])
    assert {frame_id: (one.by, one.annotations) for frame_id, one in found.items()} == {"f7": ("anna", (BOX, BOX))}
    assert store.execute("SELECT rank FROM frames WHERE frame_id = 'f7'").fetchone() == (LABELLED,)
    assert (sizes(store).annotated_frames, sizes(store).annotations) == (1, 2)
    draw("f7")
    assert drawings(store, ["f7"]) == {}
    assert store.execute("SELECT rank FROM frames WHERE frame_id = 'f7'").fetchone() == (OK,)


def test_sizes_are_told_at_a_glance(archive: Archive, store: sqlite3.Connection) -> None:
    """By label, the most frequent first; classes are what is neither OK nor KO."""
    labels = {"i0": "dent", "i3": "dent", "i4": "OK", "i5": "KO", "i6": "crack"}
    _say(archive, *(_label(item_id, label, golden=label == "OK") for item_id, label in labels.items()))
    found = sizes(store)
    assert found.by_label == {"dent": 2, "KO": 1, "OK": 1, "crack": 1}
    assert (found.labelled, found.classes, found.golden) == (5, ("dent", "crack"), 1)
    assert found.waiting == Count(2, at_least=False)


def test_the_most_doubtful_are_looked_at_first(archive: Archive, store: sqlite3.Connection) -> None:
    """Borderline ones, the nearest to its threshold first; then others that are near; what has its label is done."""

    def waiting(count: int = 10) -> list[str]:
        return [msgspec.json.decode(found.item.item)["item_id"] for found in to_look_at(store, count)]

    # 1.3, 1.2 and 1.1 are borderline; then come 1.0, 0.9 and 0.8.
    assert waiting() == ["i2", "i1", "i0", "i3", "i4", "i5"]
    assert waiting(2) == ["i2", "i1"]
    _say(archive, _label("i2", "OK"), _label("i3", "OK"))
    assert waiting() == ["i1", "i0", "i4", "i5"]


def test_what_is_forgotten_leaves_nothing_behind(archive: Archive, store: sqlite3.Connection, tmp_path: Path) -> None:
    """No history of items that are no longer in the record."""
    _say(archive, _label("i1", "KO"), _label("i1"))
    with sqlite3.connect(tmp_path / "store.sqlite") as writing:
        writing.execute("DELETE FROM items WHERE item_id = 'i1'")
    assert history(store, "i1") == []
