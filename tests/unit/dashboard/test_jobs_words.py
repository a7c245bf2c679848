from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from dashboard.jobs.job import Job
from dashboard.jobs.reading import Progress
from dashboard.jobs.words import left, local_ms, problem, step, title, when
from dashboard.teach.choice import Choice
from dashboard.texts import Texts

T = Texts("en")


@pytest.mark.parametrize(
    ("kind", "about", "told"),
    [
        ("teach", {"camera": "top"}, "Teach camera top"),
        ("replay", {}, "Replay"),
        ("model", {"verb": "set", "camera": "top"}, "Put in charge of top"),
        ("model", {"verb": "upload", "camera": "", "name": "<b>.tflite"}, "Model file <b>.tflite"),
        ("model", {"verb": "rollback", "camera": "top"}, "Back to the model before, top"),
    ],
)
def test_each_job_has_a_name(kind: str, about: dict[str, Any], told: str) -> None:
    """In both languages."""
    job = Job(id="1", kind=kind, by="lea", args=(), about=about, asked_at="")
    assert title(T, job) == told
    assert title(Texts("fr"), job) != told or kind == "replay"


@pytest.mark.parametrize(
    ("progress", "told"),
    [
        (Progress(), "begins …"),
        (Progress("looking at recorded pictures", 3, 12), "looks at the pictures: 3 / 12"),
        (Progress("learning without 2 suspicious parts"), "learns"),
        (Progress("something new", 1, 2), "something new: 1 / 2"),
    ],
)
def test_a_step_is_told_in_the_page_s_words(progress: Progress, told: str) -> None:
    """One that it has none for in the command's."""
    assert step(T, progress) == told


@pytest.mark.parametrize(
    ("eta_s", "told"),
    [
        (None, ""),
        (0.2, "1 s left"),
        (59.4, "59 s left"),
        (90, "2 min left"),
        (7199, "120 min left"),
        (9000, "2 h left"),
    ],
)
def test_the_time_left_is_rounded_as_people_do(eta_s: float | None, told: str) -> None:
    """Seconds, minutes, hours."""
    assert left(T, eta_s) == told


def test_instants_are_in_the_box_s_own_time() -> None:
    """To be read, and as a field gives them."""
    assert when("2026-11-25T23:30:00.000Z", timezone(timedelta(hours=1))) == "2026-11-26 00:30"
    assert when(None) == ""
    assert local_ms("  ") is None
    typed = local_ms("2026-11-25T06:00")
    assert typed is not None
    assert datetime.fromtimestamp(typed / 1000, UTC).astimezone().strftime("%H:%M") == "06:00"
    with pytest.raises(ValueError, match="isoformat"):
        local_ms("yesterday")


def test_a_wrong_field_is_named_as_it_is_on_the_page() -> None:
    """With what it must be."""
    with pytest.raises(msgspec.ValidationError) as wrong:
        msgspec.convert({"camera": "top", "count": 3}, Choice)
    assert problem(T, "teach", wrong.value) == "How many: Expected `int` >= 10"
    with pytest.raises(msgspec.ValidationError) as wrong:
        msgspec.convert({"camera": "top", "more": 3}, Choice)
    assert "unknown field" in problem(T, "teach", wrong.value)
