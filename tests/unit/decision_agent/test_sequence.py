"""What the PLC's counter says about the triggers before."""

import pytest

from decision_agent.sequence import Step, step
from okko.contracts import MAX_SEQ


@pytest.mark.parametrize(
    ("last", "seq", "expected"),
    [
        (None, 0, Step("next")),
        (None, 999, Step("next")),
        (5, 6, Step("next")),
        (5, 5, Step("next")),
        (5, 7, Step("missed", 1)),
        (5, 105, Step("missed", 99)),
        (0, 1, Step("next")),
        (0, 2, Step("missed", 1)),
        (0, 0, Step("next")),
        (1, 0, Step("reset")),
        (5, 0, Step("reset")),
        (5, 1, Step("reset")),
        (5, 4, Step("reset")),
        (MAX_SEQ, 0, Step("reset")),
        (65535, 1, Step("reset")),
    ],
)
def test_a_step_of_the_counter(last: int | None, seq: int, expected: Step) -> None:
    """The next number, a gap with its size, or a counter that began again."""
    assert step(last, seq) == expected
