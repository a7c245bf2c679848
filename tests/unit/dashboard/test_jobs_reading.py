import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.jobs.reading import LINES_KEPT, LONGEST_LINE, TEXTS_KEPT, Progress, Reading

SAID = (
    b'{"step": "looking", "done": 3, "total": 12, "eta_s": 4.5}\n'
    b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
    b'{"text": "note: 2 pictures \\u00e9"}\n'
    b"okko: the disk is full\n"
    b'{"result": {"bundle": "taught/top-1"}}'
)


def _told(*chunks: bytes) -> Reading:
    reading = Reading()
    for chunk in chunks:
        reading.feed(chunk)
    reading.end()
    return reading


@given(st.lists(st.integers(0, len(SAID)), max_size=8))
def test_lines_may_be_cut_anywhere(cuts: list[int]) -> None:
    """What is read is the same; chatter of libraries is nobody's line, and the last line needs no end."""
    places = [0, *sorted(cuts), len(SAID)]
    reading = _told(*(SAID[a:b] for a, b in itertools.pairwise(places)))
    assert reading.progress == Progress("looking", 3, 12, 4.5)
    assert reading.progress.share == 0.25
    assert reading.texts == ("note: 2 pictures é",)
    assert reading.lines == ("okko: the disk is full",)
    assert reading.result == {"bundle": "taught/top-1"}


@given(st.binary(max_size=2000))
def test_rubbish_is_taken_as_lines(data: bytes) -> None:
    """Any bytes at all."""
    reading = _told(data)
    assert reading.result is None
    assert all(line.strip() for line in reading.lines)


@pytest.mark.parametrize(
    "line",
    ['{"step": 1, "done": 2}', '{"result": []}', '{"text": null}', "{", "[1]", '{"other": 1}', "{" * 5000],
    ids=lambda line: line[:20],
)
def test_json_that_is_not_ours_is_a_line_for_people(line: str) -> None:
    """It may be what a person needs to know."""
    reading = _told(line.encode() + b"\n")
    assert reading.progress == Progress()
    assert [shown[:2000] for shown in reading.lines] == [line[:2000]]


def test_a_total_that_is_not_known_gives_no_share() -> None:
    """Nor does one of nothing; more than all is all."""
    assert _told(b'{"step": "learning", "done": 0, "total": null, "eta_s": null}\n').progress == Progress("learning")
    assert Progress("x", 0, 0).share is None
    assert Progress("x", 9, 3).share == 1.0


def test_no_more_is_kept_than_people_read() -> None:
    """The last so many; a line without an end is dropped."""
    texts = b"".join(json.dumps({"text": str(number)}).encode() + b"\n" for number in range(1000))
    reading = _told(texts, b"".join(b"line %d\n" % number for number in range(1000)), b"x" * (LONGEST_LINE + 1))
    assert reading.texts == tuple(str(number) for number in range(1000 - TEXTS_KEPT, 1000))
    assert reading.lines == tuple(f"line {number}" for number in range(1000 - LINES_KEPT, 1000))
