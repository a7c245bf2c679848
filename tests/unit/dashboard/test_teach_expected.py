from dashboard.teach.expected import to_be_expected
from dashboard.texts import Texts


def test_what_is_to_be_expected_is_told_with_its_bound() -> None:
    """A share as a percentage; of what was not measured that it is not known."""
    figures = {"false_rejects": {"expected": 0.01, "upper": 0.049}, "escapes": None}
    (_, rejects), (_, escapes) = to_be_expected(Texts("en"), figures)
    assert "1 %" in rejects
    assert "4.9 %" in rejects
    assert escapes == Texts("en")("teach.not_known")
