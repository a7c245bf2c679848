from typing import Any

import pytest

from dashboard.jobs.job import LONGEST_WHY, Job, State, ended_as

JOB = Job(id="20261125T060000-000000", kind="teach", by="lea", args=("teach",), asked_at="", state="running")
RESULT = {"bundle": "taught/top-1"}


@pytest.mark.parametrize(
    ("stopped_by", "code", "result", "state", "why"),
    [
        (None, 0, RESULT, "done", ""),
        (None, 0, None, "done", ""),
        (None, 1, RESULT, "failed", "the disk is full"),
        (None, -9, None, "failed", "the disk is full\nit was ended by signal 9, as when memory runs out"),
        ("lea", 130, None, "cancelled", ""),
        ("lea", -9, None, "cancelled", ""),
        ("lea", 0, RESULT, "done", ""),  # it was quicker than who cancelled it
        (None, None, RESULT, "done", ""),  # nobody saw it end, and it had told its result
        ("lea", None, None, "cancelled", ""),
        (None, None, None, "broken_off", "the disk is full"),
    ],
)
def test_what_became_of_a_job_follows_from_its_end(
    stopped_by: str | None, code: int | None, result: dict[str, Any] | None, state: State, why: str
) -> None:
    """By its exit code, by who stopped it, and by what it said."""
    job = ended_as(JOB.with_(stopped_by=stopped_by), code, ("okko: the disk is full",), result)
    assert (job.state, job.why, job.exit_code, job.result) == (state, why, code, result)
    assert job.ended


def test_a_job_that_says_nothing_has_a_reason_all_the_same() -> None:
    """And one that says a lot a bounded one."""
    assert ended_as(JOB, 3, (), None).why == "it ended with exit 3"
    assert "ended before it was looked at" in ended_as(JOB, None, (), None).why
    assert len(ended_as(JOB, 1, ("x" * 2000,) * 20, None).why) == LONGEST_WHY
