"""Whose place a bundle takes, and by which rules it is judged."""

from collections.abc import Callable
from pathlib import Path

import pytest

from decision_agent.rules import ExpectedLabel, MaxAnomaly
from okko.errors import ConfigError
from okko.station import Station, load, with_changes
from workshop.models.choice import setting, shadowing

STATION = """
[station]
site = "canario"
line = "ducks"
name = "line-1"
[[camera]]
name = "top"
source = { kind = "simulator" }
"""
ONE = '[[model]]\nbundle = "a"\ncameras = ["top"]\n[[rule]]\nkind = "expected_label"\ncamera = "top"\nlabel = "OK"\n'
TWO = (
    '[[model]]\nbundle = "a"\ncameras = ["top"]\n[[model]]\nbundle = "b"\ncameras = ["top"]\n'
    '[[rule]]\nkind = "expected_label"\ncamera = "top"\nmodel = "a"\nlabel = "OK"\n'
)
MakeBundle = Callable[..., Path]


@pytest.fixture
def make_bundle(tmp_path: Path) -> MakeBundle:
    """Make a bundle of this name in the station's folder."""

    def make(place: str, name: str) -> Path:
        folder = tmp_path / place
        folder.mkdir(parents=True)
        rest = 'version = "1"\nfile = "m.tflite"\nlabels = ["OK", "KO"]\n[decoder]\nkind = "classification"\n'
        (folder / "model.toml").write_text(f'name = "{name}"\n{rest}')
        return folder

    return make


@pytest.fixture
def station(tmp_path: Path, make_bundle: MakeBundle) -> Callable[[str], Station]:
    """A station of one camera, and what `more` says."""

    def make(more: str) -> Station:
        make_bundle("a", "a")
        make_bundle("b", "b")
        (tmp_path / "station.toml").write_text(STATION + more)
        return load(tmp_path)

    return make


def test_it_takes_the_place_of_the_only_model_whatever_its_name(
    station: Callable[[str], Station], make_bundle: MakeBundle
) -> None:
    """And a third one takes the place of the second, which is that of the first."""
    present = station(ONE)
    first = setting(present, "top", make_bundle("bundles/x", "x"), None, None)
    assert (first.place, first.instead_of, first.name) == ("a", "a", "x")
    present = with_changes(present, present.changes.and_then(first))
    second = setting(present, "top", make_bundle("bundles/y", "y"), None, None)
    assert (second.place, second.instead_of, second.name) == ("a", "a", "y")
    after = with_changes(present, present.changes.and_then(second))
    assert [model.bundle.name for model in after.models] == ["y"]


def test_of_several_models_it_takes_that_of_its_name_or_the_one_that_is_said(
    station: Callable[[str], Station], make_bundle: MakeBundle
) -> None:
    """It is never guessed."""
    present = station(TWO)
    assert setting(present, "top", make_bundle("bundles/b", "b"), None, None).place == "b"
    other = make_bundle("bundles/x", "x")
    with pytest.raises(ConfigError, match="instead-of"):
        setting(present, "top", other, None, None)
    assert setting(present, "top", other, None, "a").place == "a"


def test_a_camera_without_a_model_gets_one_with_its_rule(
    station: Callable[[str], Station], make_bundle: MakeBundle
) -> None:
    """The rule goes on with the next model in that place."""
    present = station("")
    rule = ExpectedLabel(camera="top", label="OK", min_score=0.7)
    first = setting(present, "top", make_bundle("bundles/x", "x"), rule, None)
    assert (first.place, first.rules) == (None, (rule,))
    present = with_changes(present, present.changes.and_then(first))
    second = setting(present, "top", make_bundle("bundles/y", "x"), None, None)
    assert second.rules == (rule,)
    assert with_changes(present, present.changes.and_then(second)).rules == (rule,)


def test_a_new_rule_under_the_same_name_is_refused(station: Callable[[str], Station], make_bundle: MakeBundle) -> None:
    """A part might be judged by the new rule on the old model; the same rule again is no new one."""
    present, again = station(ONE), make_bundle("bundles/a", "a")
    with pytest.raises(ConfigError, match="another `name`"):
        setting(present, "top", again, ExpectedLabel(camera="top", label="OK", min_score=0.9), None)
    same = ExpectedLabel(camera="top", label="OK")
    assert setting(present, "top", again, same, None).rules == (same,)


def test_a_rule_about_another_camera_is_refused(station: Callable[[str], Station], make_bundle: MakeBundle) -> None:
    """It could not judge this one."""
    with pytest.raises(ConfigError, match="about 'left'"):
        setting(station(ONE), "top", make_bundle("bundles/x", "x"), MaxAnomaly(camera="left"), None)


def test_a_backbone_is_no_model_for_a_camera(station: Callable[[str], Station], make_bundle: MakeBundle) -> None:
    """Neither in charge nor in the shadow: it says nothing of parts."""
    present = station(ONE)
    kept = make_bundle("bundles/x", "x")
    (kept / "model.toml").write_text('name = "x"\nversion = "1"\nfile = "m.tflite"\n[decoder]\nkind = "features"\n')
    with pytest.raises(ConfigError, match="okko teach"):
        setting(present, "top", kept, None, None)
    with pytest.raises(ConfigError, match="okko teach"):
        shadowing(present, "top", kept)
