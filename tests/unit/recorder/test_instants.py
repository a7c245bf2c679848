"""People type instants in two ways."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.instants import typed_instant_ms

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2h", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("30m", datetime(2026, 11, 23, 11, 30, tzinfo=UTC)),
        ("7d", datetime(2026, 11, 16, 12, tzinfo=UTC)),
        ("1.5h", datetime(2026, 11, 23, 10, 30, tzinfo=UTC)),
        ("90s", datetime(2026, 11, 23, 11, 58, 30, tzinfo=UTC)),
        ("1w", datetime(2026, 11, 16, 12, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("2026-11-23T02:00", datetime(2026, 11, 23, 2, tzinfo=UTC)),
        ("2026-11-23T02:00Z", datetime(2026, 11, 23, 2, tzinfo=UTC)),
        (" 2026-11-23T02:00+02:00 ", datetime(2026, 11, 23, 0, tzinfo=UTC)),
    ],
)
def test_an_instant_is_a_date_or_so_long_ago(text: str, instant: datetime) -> None:
    """ISO 8601, UTC where no zone is given, or a duration before now."""
    assert typed_instant_ms(text, NOW) == instant.timestamp() * 1000


@pytest.mark.parametrize("text", ["", "yesterday", "2x", "h", "-2h", "999999999d", "2026-13-01", "2026-11-23T25:00"])
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    """The error shows both forms."""
    with pytest.raises(ValueError, match="2h, 7d"):
        typed_instant_ms(text, NOW)


@given(st.text())
def test_any_text_is_an_instant_or_refused(text: str) -> None:
    """Nothing but ValueError, whatever is typed."""
    try:
        assert isinstance(typed_instant_ms(text, NOW), int)
    except ValueError as error:
        assert "is no instant" in str(error)  # noqa: PT017 - most texts raise, some do not
