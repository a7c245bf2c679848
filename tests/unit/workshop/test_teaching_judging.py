from pathlib import Path

import pytest

from decision_agent.rules import MaxAnomaly, UnexpectedLabel
from okko.station import load
from shown_parts import write_station
from workshop.models.rule_text import rule_of
from workshop.teaching.judging import as_option, judging


def test_a_bundle_that_has_its_threshold_is_judged_by_it(tmp_path: Path) -> None:
    """A camera without a model gets the rule; it says nothing but its kind."""
    station = load(write_station(tmp_path / "station"))
    rule = judging(station, "top", "top-taught", "padim", 1.25)
    assert rule == MaxAnomaly(camera="top")
    assert as_option(rule) == 'kind = "max_anomaly"'


@pytest.mark.parametrize(("method", "threshold", "least"), [("linear", 0.25, 0.250001), ("cnn", 0.9999999, 1.0)])
def test_a_classifier_gets_a_rule_with_its_threshold(
    tmp_path: Path, method: str, threshold: float, least: float
) -> None:
    """KO above it; what stands behind `--rule` is read as the very same rule."""
    station = load(write_station(tmp_path / "station"))
    rule = judging(station, "top", "top-taught", method, threshold)
    assert rule == UnexpectedLabel(camera="top", label="KO", min_score=least)
    assert rule_of(as_option(rule), "top", "--rule") == rule


def test_a_classifier_of_defects_gets_a_rule_about_all_of_them(tmp_path: Path) -> None:
    """Whatever a person called them: a semicolon in a name ends nothing."""
    station = load(write_station(tmp_path / "station"))
    rule = judging(station, "top", "top-taught", "linear", 0.25, ("OK", 'bosse; "creuse"', "KO"))
    assert rule == UnexpectedLabel(camera="top", labels=('bosse; "creuse"', "KO"), min_score=0.250001)
    assert rule is not None
    assert rule_of(as_option(rule), "top", "--rule") == rule
