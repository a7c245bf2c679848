"""What `[golden]` may say, and what `okko check` finds wrong with it."""

import pytest

from decision_agent.golden_settings import GoldenPart, GoldenSettings, problems_of_golden


@pytest.mark.parametrize(
    ("ids", "trigger", "has_models", "where", "what"),
    [
        (["A", "B", "A"], "mqtt", True, "golden.parts[2].part_id", "'A' is the id of golden.parts[0] already"),
        (["12 A"], "mqtt", True, "golden.parts[0].part_id", "digits and a space"),
        (["{A"], "mqtt", True, "golden.parts[0].part_id", "begins with `{` is read as JSON"),
        (["A "], "mqtt", True, "golden.parts[0].part_id", "at its end is cut off"),
        (["A\x07B"], "mqtt", True, "golden.parts[0].part_id", "cannot be printed"),
        (["A"], "interval", True, "golden", "has no part_id"),
        (["A"], "mqtt", False, "golden", "no model"),
    ],
)
def test_what_check_finds(ids: list[str], trigger: str, has_models: bool, where: str, what: str) -> None:
    """Ids that no trigger can announce, the same twice, a station on which none could ever pass."""
    settings = GoldenSettings(parts=tuple(GoldenPart(part_id=part_id, expect="KO") for part_id in ids))
    [problem] = problems_of_golden(settings, trigger=trigger, has_models=has_models)
    assert problem.where == where
    assert what in problem.what
    assert problem.remedy


def test_what_check_lets_pass() -> None:
    """Ids with inner spaces, signs, digits alone; no table at all."""
    ids = ["GOLD OK 1", "1042", "Größe-1", "a" * 64]
    settings = GoldenSettings(parts=tuple(GoldenPart(part_id=part_id, expect="OK") for part_id in ids))
    assert not list(problems_of_golden(settings, trigger="mqtt", has_models=True))
    assert not list(problems_of_golden(None, trigger="interval", has_models=False))


def test_reasons_are_those_of_a_ko() -> None:
    """A good part has none, and no part the reasons of a station that cannot see."""
    with pytest.raises(ValueError, match="those of a KO"):
        GoldenPart(part_id="A", expect="OK", reasons=("rules",))
    with pytest.raises(ValueError, match="rules"):
        GoldenPart.model_validate({"part_id": "A", "expect": "KO", "reasons": ["camera_fault"]})
