from msgspec.structs import replace

from okko import contracts as c
from okko.watch.stages import StageBook, stages_of
from watched import item, prediction, verdict

QUICK = {"expose": 1.0, "encode": 2.0, "hash": 1.0, "wire": 1.0, "decode": 1.0, "invoke": 3.0}


def test_the_slowest_way_is_the_items() -> None:
    """Of two cameras the one that took longer decides; what is left of the whole is the way back."""
    slow = prediction("right", **{**QUICK, "invoke": 9.0})
    story = item(
        verdict(1), predictions=(prediction("left", **QUICK), slow), exposure_left=2.0, exposure_right=2.5, total=20.0
    )
    assert stages_of(story) == {
        "capture": 2.5,
        "expose": 1.0,
        "encode": 3.0,
        "wire": 1.0,
        "decode": 1.0,
        "invoke": 9.0,
        "decide": 2.5,
    }


def test_a_prediction_that_failed_tells_no_stages() -> None:
    """Nor does one whose exposure is not known."""
    fault = c.Fault(kind="model", text="broken")
    failed = replace(prediction("left", **QUICK), error=fault)
    assert stages_of(item(verdict(1), predictions=(failed, prediction("right", **QUICK)), exposure_left=1.0)) == {}


def test_times_that_cannot_be_are_not_shown() -> None:
    """A stage is never negative: clocks of two machines, or a stage told twice."""
    story = item(verdict(1, latency_ms=1.0), predictions=(prediction("left", **QUICK),), exposure_left=-4.0)
    stages = stages_of(story)
    assert (stages["capture"], stages["decide"]) == (0.0, 0.0)


def test_the_book_has_only_the_stages_that_were_seen() -> None:
    """In the order of the way of an item."""
    book = StageBook()
    assert book.percentiles() == {}
    for invoke in (1.0, 2.0, 9.0):
        book.add(item(verdict(1), predictions=(prediction("left", invoke=invoke, expose=1.0),), exposure_left=1.0))
    ranks = book.percentiles()
    assert list(ranks) == ["capture", "expose", "invoke", "decide"]
    assert (ranks["invoke"].p50_ms, ranks["invoke"].p99_ms) == (2.0, 9.0)
