"""What a written report is called in the list, and what a person may ask for: the parts of the page that are pure."""

from datetime import UTC, datetime

import pytest

from dashboard.report.asked import span_between
from dashboard.report.page import title_of
from dashboard.report.wording import Wording, offset_text
from dashboard.report.written import Written, file_name
from dashboard.texts import Texts


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("shift-2026-11-25-2.html", "Shift 2 of 2026-11-25"),
        ("shift-2026-11-25-2-so-far.html", "Shift 2 of 2026-11-25"),
        ("span-20261125T060000Z-20261125T140000Z.html", "From 2026-11-25 06:00 to 2026-11-25 14:00"),
        ("span-20269999T060000Z-20261125T140000Z.html", "span-20269999T060000Z-20261125T140000Z.html"),
        ("shift-by-hand.html", "shift-by-hand.html"),
    ],
)
def test_a_written_report_is_called_by_what_it_is_of(name: str, title: str) -> None:
    """And where that cannot be told, by its file."""
    assert title_of(Written(name, 1, 1), Wording(Texts("en"), UTC)) == title


def test_the_name_of_a_span_leads_back_to_it() -> None:
    """To the second."""
    span = span_between(1_795_600_000_000, 1_795_603_600_000, datetime(2027, 1, 1, tzinfo=UTC))
    found = Written(file_name(span), 1, 1).span
    assert found is not None
    assert [round(instant.timestamp() * 1000) for instant in found] == [span.begin_ms, span.end_ms]


@pytest.mark.parametrize(
    ("share", "said"), [(0, "0.0%"), (1, "100.0%"), (0.9996, "99.96%"), (1e-5, "0.001%"), (0.5, "50.0%")]
)
def test_what_is_not_all_is_not_said_to_be(share: float, said: str) -> None:
    """Nor what is something nothing."""
    assert Wording(Texts("en"), UTC).percent(share) == said


def test_numbers_as_people_of_a_language_write_them() -> None:
    """Thousands and decimals."""
    assert Wording(Texts("en"), UTC).number(12345.67, 1) == "12,345.7"
    assert Wording(Texts("fr"), UTC).number(12345.67, 1) == "12\N{NARROW NO-BREAK SPACE}345,7"
    assert offset_text(None) == "UTC"
