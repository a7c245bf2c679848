"""What a taught bundle is called by default, and whether the rules of its camera go with it as they are."""

from pathlib import Path

import pytest

from okko.station import Station, load
from shown_parts import write_station
from workshop.teaching.naming import default_name, goes_by_threshold

MODEL = """
[[model]]
bundle = "{name}"
cameras = ["top"]

[[rule]]
camera = "top"
{rule}

[[rule]]
kind = "image"
camera = "top"
min_brightness = 10
"""
BY_THRESHOLD = 'kind = "max_anomaly"\nreview_margin = 0.1'
BY_SCORE = 'kind = "max_anomaly"\nmax_score = 7.0'
BY_LABEL = 'kind = "unexpected_label"\nlabel = "KO"\nmin_score = 0.54'


def station(folder: Path, name: str, rule: str) -> Station:
    """A station with this model in charge of `top`, judged by this rule and by how bright a picture is."""
    write_station(folder)
    (folder / name).mkdir()
    decoder = 'kind = "classification"' if rule == BY_LABEL else 'kind = "anomaly"\nmethod = "heatmap"\nthreshold = 1.0'
    (folder / name / "model.toml").write_text(
        f'name = "{name}"\nversion = "1"\nfile = "m.tflite"\nlabels = ["OK", "KO"]\n[decoder]\n{decoder}\n'
    )
    with (folder / "station.toml").open("a") as file:
        file.write(MODEL.format(name=name, rule=rule))
    return load(folder)


@pytest.mark.parametrize(
    ("present", "rule", "by_threshold", "name"),
    [
        ("other", BY_LABEL, True, "station-top-taught"),
        ("other", BY_LABEL, False, "station-top-taught"),
        ("station-top-taught", BY_THRESHOLD, True, "station-top-taught"),
        ("station-top-taught", BY_THRESHOLD, False, "station-top-taught-b"),
        ("station-top-taught", BY_SCORE, True, "station-top-taught-b"),
        ("station-top-taught", BY_LABEL, True, "station-top-taught-b"),
        ("station-top-taught", BY_LABEL, False, "station-top-taught-b"),
        ("station-top-taught-b", BY_LABEL, False, "station-top-taught"),
    ],
)
def test_one_with_another_rule_gets_another_name(
    tmp_path: Path, present: str, rule: str, by_threshold: bool, name: str
) -> None:
    """And only then: the versions of one name follow each other."""
    assert default_name(station(tmp_path, present, rule), "top", by_threshold=by_threshold) == name


@pytest.mark.parametrize(("rule", "stays"), [(BY_THRESHOLD, True), (BY_SCORE, False), (BY_LABEL, False)])
def test_a_rule_by_the_models_own_threshold_goes_with_any_taught_one(tmp_path: Path, rule: str, stays: bool) -> None:
    """Its margin is a person's choice and stays; a score of the old model's scale does not."""
    assert goes_by_threshold(station(tmp_path, "m", rule), "top") is stays


def test_a_camera_without_rules_needs_one(tmp_path: Path) -> None:
    """Nothing that judges is nothing that could stay."""
    assert not goes_by_threshold(load(write_station(tmp_path)), "top")
