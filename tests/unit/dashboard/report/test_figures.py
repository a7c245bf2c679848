"""What is counted, estimated and chosen for a report: pure parts, on values."""

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.report.choose import candidates
from dashboard.report.counting import (
    MOST_BARS,
    SAMPLES,
    Counting,
    KoFinding,
    KoItem,
    KoModel,
    KoPrediction,
    Row,
    step_ms,
)
from dashboard.report.drawing import within
from dashboard.report.estimate import escapes, false_rejects
from dashboard.report.figures import Kind, Labels, Span
from dashboard.report.missed import IN_FLIGHT, Missed
from dashboard.report.periods import Look, LookModel, LookPrediction, Periods
from okko import contracts as c
from okko.watch.tally import KINDS_OF_FINDING, OTHERS

HOUR_MS = 3_600_000
SPAN = Span(0, 8 * HOUR_MS)


def _row(number: int, at_ms: int, verdict: str = "OK", *, golden: bool = False, seq: int | None = None) -> Row:
    return (at_ms, number, f"item-{number:06d}", verdict, "rules", int(golden), 0, 20.0, seq, " left top ")


def _ko(number: int, finding: str | None = "left: KO 0.9 instead of OK", **changes: object) -> KoItem:
    fields: dict[str, object] = {"reason": "rules", "deadline_met": True, "findings": (), "predictions": ()}
    return KoItem(item_id=f"item-{number:06d}", finding=finding, **{**fields, **changes})  # type: ignore[arg-type]


# -- the counter of the PLC ------------------------------------------------------------------------------------------


def _missed(seqs: list[int], order: list[int] | None = None) -> int:
    items = [(f"{place:06d}", seq) for place, seq in enumerate(seqs)]
    missed = Missed()
    came = items if order is None else [items[place] for place in order]
    for begin in range(0, len(came), 7):
        missed.add(came[begin : begin + 7])
    return missed.end()


@pytest.mark.parametrize(
    ("seqs", "missing"),
    [([], 0), ([5], 0), ([5, 6, 7], 0), ([5, 8], 2), ([5, 5, 6], 0), ([100, 1, 2, 4], 1), ([2**32 - 1, 0, 1], 0)],
)
def test_missed_triggers_are_gaps_in_the_counter(seqs: list[int], missing: int) -> None:
    """As the decision agent counts them: a step back is a counter that began again."""
    assert _missed(seqs) == missing


counters = st.lists(st.integers(0, 3), min_size=1, max_size=60).map(lambda steps: list(itertools.accumulate(steps)))


@given(counters, st.randoms())
def test_items_that_overtake_each_other_are_not_missed(seqs: list[int], random: object) -> None:
    """They are put in the order of their arrival first."""
    order = list(range(len(seqs)))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert _missed(seqs, order) == _missed(seqs)


def test_what_is_held_back_is_bounded() -> None:
    """Of half a million items."""
    missed = Missed()
    for begin in range(0, 10 * IN_FLIGHT, 1000):
        missed.add((f"{place:09d}", place * 2) for place in range(begin, begin + 1000))
    assert missed.count == 9 * IN_FLIGHT - 1
    assert missed.end() == 10 * IN_FLIGHT - 1


# -- counting --------------------------------------------------------------------------------------------------------


def test_items_are_counted_by_verdict_and_time_golden_parts_apart() -> None:
    """In bars of five minutes, over eight hours."""
    counting = Counting(SPAN)
    counting.rows([_row(1, 0), _row(2, 299_999, "KO"), _row(3, 300_000), _row(4, 8 * HOUR_MS - 1)])
    counting.rows([_row(5, 10, "KO", golden=True)])
    counting.ko(_ko(2, deadline_met=False))
    counts = counting.counts([])
    assert (counts.ok, counts.ko, counts.golden, counts.late, counts.total) == (3, 1, 1, 1, 4)
    assert (counts.yield_, counts.missed, counts.by_reason) == (0.75, None, {"rules": 1})
    assert (counts.step_ms, len(counts.bars)) == (300_000, 96)
    assert [(bar.ok, bar.ko) for bar in counts.bars if bar.ok or bar.ko] == [(1, 1), (1, 0), (1, 0)]


def test_golden_parts_count_for_the_counter() -> None:
    """They are triggered as all parts are."""
    counting = Counting(SPAN)
    counting.rows([_row(1, 0, seq=1), _row(2, 1, golden=True, seq=2), _row(3, 2, seq=5)])
    assert counting.counts([]).missed == 2


@given(st.integers(1, 400 * 24 * HOUR_MS))
def test_there_are_never_too_many_bars(length_ms: int) -> None:
    """Of a minute, or of a year."""
    span = Span(0, length_ms)
    assert 1 <= len(Counting(span).counts([]).bars) <= MOST_BARS + 1
    assert step_ms(span) % 60_000 == 0


def test_findings_that_differ_in_numbers_are_one_kind() -> None:
    """The most frequent first; a KO without a finding is one as well."""
    counting = Counting(SPAN)
    for number, finding in enumerate(["left: KO 0.9 instead of OK", "left: KO 0.8 instead of OK", None, "dark"]):
        counting.ko(_ko(number, finding))
    assert [(kind.finding, kind.count) for kind in counting.counts([]).kinds] == [
        ("left: KO … instead of OK", 2),
        ("", 1),
        ("dark", 1),
    ]


def test_kinds_and_their_samples_are_bounded() -> None:
    """A PLC may write a new text into each part's finding; samples are spread over the time all the same."""
    counting = Counting(SPAN)
    for number in range(1000):
        counting.ko(_ko(number, "the same"))
    for number in range(KINDS_OF_FINDING + 50):
        letters = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        counting.ko(_ko(number, f"kind {letters}"))
    kinds = {kind.finding: kind for kind in counting.counts([]).kinds}
    assert len(kinds) == KINDS_OF_FINDING + 1
    assert kinds[OTHERS].count == 51
    numbers = [int(item_id.rpartition("-")[2]) for item_id in kinds["the same"].item_ids]
    assert SAMPLES // 2 <= len(numbers) <= SAMPLES
    assert (numbers[0], numbers == sorted(numbers), numbers[-1] >= 500) == (0, True, True)


def test_cameras_are_counted_once_an_item() -> None:
    """However many findings of it say KO; predictions that failed are counted by their model."""
    look = Look("a" * 64, (LookPrediction("left", LookModel("duck", "1.0.0")),))
    periods = Periods(lambda _: look)
    periods.page([(0, 1)])
    counting = Counting(SPAN)
    counting.rows([_row(1, 0, "KO"), _row(2, 1)])
    failed = KoPrediction("left", KoModel("duck"), msgspec.Raw(b"{}"))
    findings = (KoFinding("left", "KO"), KoFinding("left", "KO"), KoFinding("top", "OK"), KoFinding(None, "KO"))
    counting.ko(_ko(1, findings=findings, predictions=(failed,)))
    left, top = counting.counts(periods.all()).cameras
    assert (left.name, left.items, left.ko) == ("left", 2, 1)
    assert [(model.name, model.version, model.errors) for model in left.models] == [("duck", "1.0.0", 1)]
    assert (top.items, top.ko, top.models) == (2, 0, ())


# -- what was in force -----------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 400), min_size=1, max_size=4), st.integers(1, 300))
def test_changes_of_the_configuration_are_found_where_they_were(lengths: list[int], page: int) -> None:
    """Though few stories are read; each period ends and begins with its own items."""
    shas = [str(index) for index, length in enumerate(lengths) for _ in range(length)]
    rows = [(place * 10, place) for place in range(len(shas))]
    periods = Periods(lambda row: Look(shas[row]))
    for begin in range(0, len(rows), page):
        periods.page(rows[begin : begin + page])
    edges = [0, *itertools.accumulate(lengths)]
    found = [(period.config_sha256, period.first_ms, period.last_ms) for period in periods.all()]
    expected = [(str(i), first * 10, (last - 1) * 10) for i, (first, last) in enumerate(itertools.pairwise(edges))]
    if min(lengths) > page // 32 + 1:  # shorter ones may lie between two looks
        assert found == expected
    assert found[0][1] == 0
    assert found[-1][2] == rows[-1][0]


def test_items_that_are_forgotten_meanwhile_are_passed_over() -> None:
    """The sweeper works on while the report reads."""
    periods = Periods(lambda row: None if row % 2 else Look("a" * 64))
    periods.page([(row, row) for row in range(100)])
    assert [(period.first_ms, period.last_ms) for period in periods.all()] == [(0, 98)]
    nothing = Periods(lambda _: None)
    nothing.page([(0, 0), (1, 1)])
    assert nothing.all() == []


# -- labels ----------------------------------------------------------------------------------------------------------


def test_wrong_verdicts_are_asked_of_each_verdict_by_itself() -> None:
    """That KO items are labelled more often says nothing about the OK ones."""
    rejects = false_rejects(Labels(ok_good=10, ko_good=1, ko_bad=19), ko=100)
    assert rejects is not None
    assert (rejects.wrong, rejects.labelled, rejects.share) == (1, 20, 0.05)
    assert rejects.low < 0.05 < rejects.high < 0.3
    middle, low, high = rejects.items
    assert 1 <= low <= middle == 5 <= high < 30
    passed = escapes(Labels(ok_good=10, ko_good=1, ko_bad=19), ok=900)
    assert passed is not None
    assert (passed.wrong, passed.low) == (0, 0.0)
    assert passed.items[2] > 200  # ten good ones prove little


def test_where_nothing_is_labelled_nothing_is_said() -> None:
    """And where all is, it is a count."""
    assert false_rejects(Labels(ok_good=3), ko=5) is None
    assert escapes(Labels(), ok=5) is None
    counted = false_rejects(Labels(ko_good=2, ko_bad=3), ko=5)
    assert counted is not None
    assert counted.is_count
    assert counted.items == (2, 2, 2)


# -- pictures --------------------------------------------------------------------------------------------------------


def test_pictures_are_spread_over_findings_and_time() -> None:
    """One of each finding first; of one finding both ends, then the middle."""
    kinds = [
        Kind("a", "rules", 9, ("1", "2", "3", "4", "5")),
        Kind("b", "rules", 2, ("7", "8")),
        Kind("c", "image", 1, ("9",)),
    ]
    assert [item_id for _, item_id in candidates(kinds)] == ["1", "7", "9", "5", "8", "3", "2", "4"]
    assert list(candidates([])) == []


def test_boxes_are_drawn_into_what_was_cut_out() -> None:
    """They are in 0..1 of the full frame, the picture is a part of it."""
    found = c.Prediction(
        item_id="i",
        camera="top",
        frame_id="f",
        model=c.ModelRef(name="m", version="1", sha256="0" * 64),
        task="detection",
        detections=(c.Detection(label="dent", score=0.9, box=(0.5, 0.5, 1.0, 0.75)),),
        map=c.PredictionMap(kind="heat", box=(0.0, 0.0, 1.0, 1.0), png=""),
    )
    cut = within(found, (0.5, 0.25, 1.0, 0.75))
    assert cut.detections is not None
    assert cut.map is not None
    assert cut.detections[0].box == (0.0, 0.5, 1.0, 1.0)
    assert cut.map.box == (0.0, 0.0, 1.0, 1.0)
