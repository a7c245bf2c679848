from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dashboard.teach.choice import Choice, Gathered, command_of, concerns
from okko.cli import okko

STATION, FOLDER = Path("/line/station.toml"), Path("/line/data/dashboard/jobs/1")


def _gathered(good: int, ko: int = 0, without: int = 0) -> Gathered:
    return Gathered(tuple(f"g{n}" for n in range(good)), tuple(f"k{n}" for n in range(ko)), Counter(), without)


@pytest.mark.parametrize(
    ("wanted", "good", "ko", "stops", "warns"),
    [
        ({}, 9, 0, ["few_good"], ["no_ko"]),
        ({}, 60, 0, [], ["no_ko", "no_promise"]),
        ({}, 60, 3, [], ["few_ko", "no_promise"]),
        ({"false_rejects": 10.0}, 60, 10, [], []),
        ({"method": "linear", "false_rejects": 10.0}, 60, 9, ["few_for_method"], ["few_ko"]),
        ({"method": "linear", "false_rejects": 10.0}, 60, 10, [], []),
        ({"method": "classes", "false_rejects": 10.0}, 60, 10, ["few_of_class"], []),
        ({"method": "train", "false_rejects": 10.0}, 60, 19, ["few_for_method"], []),
    ],
)
def test_what_speaks_against_a_choice_is_known_before_it_begins(
    wanted: dict[str, Any], good: int, ko: int, stops: list[str], warns: list[str]
) -> None:
    """What stops it, and what only warns."""
    found = list(concerns(Choice(camera="top", **wanted), _gathered(good, ko)))
    assert [concern.text for concern in found if concern.stops] == stops
    assert [concern.text for concern in found if not concern.stops] == warns


def test_images_that_are_gone_are_told() -> None:
    """How many."""
    found = list(concerns(Choice(camera="top", false_rejects=10.0), _gathered(60, 10, without=4)))
    assert [(concern.text, concern.values) for concern in found] == [("without_images", {"count": 4})]


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"method": "linear"},
        {"method": "classes"},
        {"method": "train", "minutes": 3.0},
        {"locate": "dark", "all_good": True},
    ],
    ids=str,
)
def test_the_command_is_one_that_okko_knows(wanted: dict[str, Any]) -> None:
    """Each option is taken by `okko teach`, with the file of items and progress for programs."""
    command = command_of(Choice(camera="top", false_rejects=0.5, **wanted), STATION, FOLDER)
    group = okko.make_context("okko", list(command), resilient_parsing=True)
    teach = okko.get_command(group, command[0])
    assert teach is not None
    given = teach.make_context("teach", list(command[1:]), resilient_parsing=True).params
    assert (given["station"], given["camera"], given["wanted"]) == (STATION, "top", 0.005)
    assert (given["progress"], given["as_json"]) == ("json", True)
    assert given["method"] == ("linear" if wanted.get("method") in {"linear", "classes"} else None)
    assert given["classes"] == (wanted.get("method") == "classes")
    assert given["trains"] == (wanted.get("method") == "train")
    assert (given["locate"], given["all_good"]) == (wanted.get("locate"), wanted.get("all_good", False))
    assert str(FOLDER / "items.txt") in command


@pytest.mark.parametrize(
    "wrong",
    [
        *({"camera": "-x"}, {"camera": "a/b"}, {"count": 9}, {"count": 401}, {"false_rejects": 0}, {"method": "magic"}),
        *({"items": ["../x"]}, {"locate": "anyhow"}, {"minutes": 1000}, {"more": 1}),
    ],
    ids=str,
)
def test_what_a_browser_may_not_ask_is_refused(wrong: dict[str, Any]) -> None:
    """Before anything is done with it."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"camera": "top", **wrong}, Choice)
