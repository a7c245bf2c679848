"""A threshold that is named, or is not."""

from pathlib import Path

import pytest

from decision_agent.rules import ExpectedLabel, ImageRule, MaxAnomaly, Rule
from inference_agent.bundle import Bundle
from okko.errors import ConfigError
from okko.station import Station, StationModel
from okko.station_file import StationFile
from replayed import policy_of, prediction_of
from workshop.replay.sweep_target import target_of

RULES: tuple[Rule, ...] = (
    ImageRule(camera="left", min_brightness=1),
    ExpectedLabel(camera="left", label="OK"),
    ExpectedLabel(camera="right", label="OK"),
    MaxAnomaly(camera="top"),
)


def station(rules: tuple[Rule, ...] = RULES, *, min_score: float = 0.0, labels: int = 2) -> Station:
    """Three cameras and one model."""
    cameras = ("left", "right", "top")
    file = StationFile.model_validate(
        {
            "station": {"site": "a", "line": "b", "name": "c"},
            "camera": [{"name": name, "source": {"kind": "simulator"}} for name in cameras],
        }
    ).model_copy(update={"rule": rules})
    bundle = Bundle.model_validate(
        {
            "name": "model",
            "version": "1",
            "file": "m",
            "labels": tuple(f"l{index}" for index in range(labels)),
            "decoder": {"kind": "classification", "min_score": min_score},
        }
    )
    return Station(Path("station.toml"), file, (StationModel(Path(), bundle, cameras),))


@pytest.mark.parametrize(
    ("text", "indexes"),
    [
        ("1.min_score", (1,)),
        ("rule[2].min_score", (2,)),
        ("expected_label/right.min_score", (2,)),
        ("expected_label/*.min_score", (1, 2)),
        ("max_anomaly.max_score", (3,)),
    ],
)
def test_a_threshold_is_named_by_index_or_by_kind(text: str, indexes: tuple[int, ...]) -> None:
    """And camera; a star means all of a kind."""
    assert target_of(text, station()).indexes == indexes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("expected_label.min_score", "'expected_label' may be any of 2 rules"),
        ("expected_label/top.min_score", "there is no rule 'expected_label/top' with a min_score"),
        ("9.min_score", "there is no rule '9' with a min_score"),
        ("image.min_score", "there is no rule 'image' with a min_score"),
        ("image.min_brightness", "'min_brightness' cannot be swept, only min_score and max_score"),
        ("min_score", "there is no rule '' with a min_score"),
        ("1", "'1' cannot be swept"),
    ],
)
def test_one_that_is_not_named_is_answered_with_the_choices(text: str, said: str) -> None:
    """Each choice is one that works."""
    with pytest.raises(ConfigError) as caught:
        target_of(text, station())
    assert said in str(caught.value)
    choices = str(caught.value).split("Choices: ")[1].split(", ")
    assert [choice.split(" ")[0] for choice in choices] == [
        "1.min_score",
        "2.min_score",
        "3.max_score",
        "expected_label/*.min_score",
    ]
    for choice in choices:
        target_of(choice.split(" ")[0], station())


def test_what_the_decoder_does_not_report_is_not_swept() -> None:
    """Its own least score; of many labels those that are left out; of an anomaly nothing."""
    assert target_of("1.min_score", station()).floor == 0.0
    found = target_of("1.min_score", station(min_score=0.3))
    assert (found.floor, found.why) == (0.3, "model model reports no score below it ([decoder] min_score)")
    found = target_of("1.min_score", station(labels=30))
    assert (found.floor, found.why) == (0.05, "of so many labels model model reports none below it")
    assert target_of("3.max_score", station(min_score=0.3)).floor is None


def test_a_policy_at_a_threshold_is_the_same_but_for_that() -> None:
    """The rules that are meant, and only those."""
    policy = policy_of(*RULES)
    at = target_of("expected_label/*.min_score", station()).at(policy, 0.8)
    assert [getattr(rule, "min_score", None) for rule in at.rules] == [None, 0.8, 0.8, None]
    assert [getattr(rule, "min_score", None) for rule in policy.rules] == [None, 0.5, 0.5, None]


def test_the_rules_are_found_with_their_predictions() -> None:
    """Of each camera; where there is no prediction, nothing."""
    policy = policy_of(*RULES)
    target = target_of("expected_label/*.min_score", station())
    found = list(target.judged(policy, [prediction_of("right"), prediction_of("left", model="another")]))
    assert [(rule, prediction.camera) for rule, prediction in found] == [(RULES[2], "right")]
