import tomllib
from pathlib import Path
from typing import Any

import pytest

from dashboard.replay.choice import Bound, ReplayChoice, bounded, command_of, in_place_of, rules_file, with_bounds
from decision_agent.rules import ExpectedLabel, ImageRule, MaxAnomaly, MinCount
from okko.cli import okko
from okko.station import load
from shown_parts import write_station
from workshop.replay.change import _with_rules

RULES = (
    ExpectedLabel(camera="top", label="OK", min_score=0.6),
    MinCount(camera="top", labels=("eye",), count=2),
    ImageRule(camera="top", min_brightness=1.0),
    MaxAnomaly(camera="side"),
)
STATION, FOLDER = Path("/line/station.toml"), Path("/line/jobs/1")


def test_the_numbers_of_rules_can_be_others() -> None:
    """Those that are set; a count stays a whole number."""
    found = [(one.place, one.about, one.key, one.value) for one in bounded(RULES)]
    assert found[0] == (0, "expected_label top OK", "min_score", 0.6)
    assert (1, "min_count top", "count", 2) in found
    assert (2, "image top", "min_brightness", 1.0) in found
    assert not [one for one in found if one[0] == 3]
    changed = with_bounds(RULES, (Bound(0, "min_score", 0.9), Bound(1, "count", 3.0)))
    assert getattr(changed[0], "min_score", None) == 0.9
    assert getattr(changed[1], "count", None) == 3
    assert changed[2:] == RULES[2:]


@pytest.mark.parametrize(
    "bound", [Bound(9, "min_score", 0.5), Bound(0, "kind", 1), Bound(3, "max_score", 1), Bound(0, "min_score", 7.0)]
)
def test_a_bound_that_cannot_be_is_refused(bound: Bound) -> None:
    """No such rule, no such key, or a value that no station file could have."""
    with pytest.raises(ValueError, match=r"has no|less than or equal"):
        with_bounds(RULES, (bound,))


def test_a_taught_model_brings_its_own_rule() -> None:
    """In the place of those about the camera's model; how bright its pictures are is looked at still."""
    own = MaxAnomaly(camera="top")
    assert in_place_of(RULES, "top", own) == (RULES[2], RULES[3], own)


def test_the_rules_are_read_back_as_they_were(tmp_path: Path) -> None:
    """By what reads `--rules`."""
    station = load(write_station(tmp_path / "station"))
    rules = tuple(rule for rule in RULES if rule.camera == "top")
    (tmp_path / "rules.toml").write_text(rules_file(station, rules))
    assert tomllib.loads((tmp_path / "rules.toml").read_text())["combine"]["kind"] == "all"
    assert _with_rules(station, tmp_path / "rules.toml").rules == rules


@pytest.mark.parametrize(
    "wanted",
    [{}, {"verdict": "KO", "labelled": True, "since_ms": 0, "until_ms": 5000}, {"items": ("a", "b"), "camera": "top"}],
    ids=str,
)
def test_the_command_is_one_that_okko_knows(wanted: dict[str, Any]) -> None:
    """Each option is taken by `okko replay`."""
    command = command_of(ReplayChoice(limit=7, **wanted), STATION, Path("/b"), FOLDER, rules=True)
    replay = okko.get_command(okko.make_context("okko", list(command), resilient_parsing=True), command[0])
    assert replay is not None
    given = replay.make_context("replay", list(command[1:]), resilient_parsing=True).params
    assert (given["station_path"], given["bundle"], given["limit"]) == (STATION, Path("/b"), 7)
    assert (given["as_json"], given["progress"], given["listed"]) == (True, "json", 2000)
    assert (given["verdict"], given["labelled"]) == (wanted.get("verdict"), wanted.get("labelled", False))
    assert given["cameras"] == (("top",) if "camera" in wanted else ())
    assert given["rules"] == FOLDER / "rules.toml"
    assert ("--items-from" in command) == ("items" in wanted)


def test_labelled_items_only_where_that_was_asked() -> None:
    """Otherwise those with a label and those without."""
    assert ReplayChoice().query.labelled is None
    assert ReplayChoice(labelled=True).query.labelled is True
