"""`models.toml`: what is in force follows from its history, and from what the station file says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from decision_agent.rules import ExpectedLabel, MaxAnomaly
from okko import station_models
from okko.errors import ConfigError
from okko.station import Station, load, with_changes
from okko.station_models import Change, ModelsFile

STATION = """
[station]
site = "canario"
line = "ducks"
name = "line-1"
[[camera]]
name = "left"
source = { kind = "simulator" }
[[camera]]
name = "right"
source = { kind = "simulator" }
[[model]]
bundle = "own"
cameras = ["left", "right"]
[[rule]]
kind = "expected_label"
camera = "left"
label = "OK"
[[rule]]
kind = "expected_label"
camera = "right"
label = "OK"
"""
MakeBundle = Callable[..., str]


@pytest.fixture
def make_bundle(tmp_path: Path) -> MakeBundle:
    """Make a bundle in the station's folder, and give its place there."""

    def make(place: str, *, name: str = "ducks", version: str = "1") -> str:
        (tmp_path / place).mkdir(parents=True)
        labels = 'labels = ["OK", "KO"]\n[decoder]\nkind = "classification"\n'
        text = f'name = "{name}"\nversion = "{version}"\nfile = "model.tflite"\n{labels}'
        (tmp_path / place / "model.toml").write_text(text)
        return place

    return make


@pytest.fixture
def station(tmp_path: Path, make_bundle: MakeBundle) -> Station:
    """A station of two cameras with one model for both."""
    make_bundle("own")
    (tmp_path / "station.toml").write_text(STATION)
    return load(tmp_path)


def change(kind: str, camera: str = "left", **fields: object) -> Change:
    """One change, by nobody in particular."""
    return Change.model_validate(
        {"camera": camera, "kind": kind, "at": "2026-11-25T00:00:00.000Z", "by": "me", **fields}
    )


def chosen(bundle: str, name: str = "ducks", **fields: object) -> Change:
    """A bundle in the place of the station file's own."""
    return change("set", "left", bundle=bundle, place="own", instead_of="ducks", name=name, version="2", **fields)


def seen(station: Station) -> dict[str, list[tuple[str, str]]]:
    """Name and version of the models of each camera."""
    return {
        camera.name: [(m.bundle.name, m.bundle.version) for m in station.models if camera.name in m.cameras]
        for camera in station.cameras
    }


def test_without_a_file_the_station_file_says_all(station: Station) -> None:
    """And the hash is that of the station file."""
    assert seen(station) == {"left": [("ducks", "1")], "right": [("ducks", "1")]}
    assert station.changes == ModelsFile()


def test_a_choice_is_about_its_camera_alone(station: Station, make_bundle: MakeBundle) -> None:
    """The other camera keeps what it had; the hash is another one, and the same again when it is taken back."""
    changes = ModelsFile(change=(chosen(make_bundle("bundles/two", version="2")),))
    after = with_changes(station, changes)
    assert seen(after) == {"left": [("ducks", "2")], "right": [("ducks", "1")]}
    assert after.config_sha256 != station.config_sha256
    assert with_changes(station, changes.and_then(change("rollback"))).config_sha256 == station.config_sha256


def test_each_rollback_takes_one_more_step_back(make_bundle: MakeBundle, station: Station) -> None:
    """As far as the station file; one more changes nothing, and what is chosen afterwards counts from there."""
    two, three = make_bundle("bundles/two", version="2"), make_bundle("bundles/three", version="3")
    changes = ModelsFile(change=(chosen(two), chosen(three)))
    came = []
    for step in (change("rollback"), change("rollback"), change("rollback"), chosen(three)):
        changes = changes.and_then(step)
        came.append(seen(with_changes(station, changes))["left"])
    assert came == [[("ducks", "2")], [("ducks", "1")], [("ducks", "1")], [("ducks", "3")]]


def test_what_was_written_is_read_again_as_it_was(make_bundle: MakeBundle, tmp_path: Path) -> None:
    """With its rules, and names that TOML has to quote."""
    rules = (MaxAnomaly(camera="left", max_score=0.1 + 0.2), ExpectedLabel(camera="left", labels=("Gut", "Ö\x7f\"'")))
    changes = ModelsFile(change=(chosen(make_bundle("bundles/two"), rules=rules), change("shadow_off", by="Zoë \\ 🦆")))
    station_models.write(tmp_path, changes)
    assert station_models.read(tmp_path) == changes
    assert station_models.stamp(tmp_path) is not None


def test_a_new_name_takes_over_the_rules_that_named_the_old_one(station: Station, make_bundle: MakeBundle) -> None:
    """A rule without a name judges whatever stands there; one that names the model is about the new one then."""
    own = station.own
    assert own is not None
    named = own.model_copy(update={"rule": tuple(r.model_copy(update={"model": "ducks"}) for r in own.rule)})
    changes = ModelsFile(change=(chosen(make_bundle("bundles/two", name="other"), "other"),))
    rules = station_models.apply(named, changes).settings.rule
    assert [(rule.camera, getattr(rule, "model", None)) for rule in rules] == [("left", "other"), ("right", "ducks")]


def test_rules_that_come_with_a_choice_replace_those_that_judged_before(
    station: Station, make_bundle: MakeBundle
) -> None:
    """Those about other cameras stay."""
    own = MaxAnomaly(camera="left", max_score=3.0)
    changes = ModelsFile(change=(chosen(make_bundle("bundles/two", name="odd"), "odd", rules=(own,)),))
    assert station.own is not None
    rules = station_models.apply(station.own, changes).settings.rule
    assert [(rule.kind, rule.camera) for rule in rules] == [("expected_label", "right"), ("max_anomaly", "left")]


def test_a_shadow_is_no_model_that_decides(station: Station, make_bundle: MakeBundle) -> None:
    """It stands apart, also under the same name; off is off, whatever the station file says."""
    changes = ModelsFile(change=(change("shadow", bundle=make_bundle("bundles/two", version="2"), name="ducks"),))
    after = with_changes(station, changes)
    assert seen(after) == seen(station)
    assert [(m.bundle.version, m.cameras) for m in after.shadows] == [("2", ("left",))]
    assert after.config_sha256 != station.config_sha256
    off = with_changes(station, changes.and_then(change("shadow_off")))
    assert off.shadows == ()
    assert off.config_sha256 == station.config_sha256


def test_a_shadow_that_is_put_in_charge_looks_on_no_more(station: Station, make_bundle: MakeBundle) -> None:
    """Else each frame would go through the same model twice; taken back, it looks on again."""
    two = make_bundle("bundles/two", version="2")
    changes = ModelsFile(change=(change("shadow", bundle=two, name="ducks"), chosen(two)))
    promoted = with_changes(station, changes)
    assert seen(promoted)["left"] == [("ducks", "2")]
    assert promoted.shadows == ()
    back = with_changes(station, changes.and_then(change("rollback")))
    assert seen(back) == seen(station)
    assert [m.bundle.version for m in back.shadows] == ["2"]


def test_a_station_file_may_name_a_shadow(tmp_path: Path, make_bundle: MakeBundle, station: Station) -> None:
    """`shadow = true`: recorded, compared, and never awaited."""
    make_bundle("second", version="2")
    (tmp_path / "station.toml").write_text(
        STATION + '[[model]]\nbundle = "second"\ncameras = ["left"]\nshadow = true\n'
    )
    loaded = load(tmp_path)
    assert seen(loaded) == seen(station)
    assert [(m.bundle.version, m.cameras) for m in loaded.shadows] == [("2", ("left",))]
    assert loaded.inference == {"inference": loaded.models}
    assert loaded.inference_shadows == {"inference": loaded.shadows}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (chosen("bundles/gone"), "the bundle that was chosen is gone"),
        (change("set", camera="top", bundle="own"), "camera 'top', which the station does not have"),
        (change("set", bundle="own", place="elsewhere", name="ducks"), "stands in the place of 'elsewhere'"),
    ],
)
def test_what_does_not_fit_is_said_with_what_to_do(station: Station, wrong: Change, said: str) -> None:
    """Never a start with some other model than the one that was chosen."""
    with pytest.raises(ConfigError) as caught:
        with_changes(station, ModelsFile(change=(wrong,)))
    assert said in str(caught.value)
    assert any(word in str(caught.value) for word in ("okko model rollback", "take its [[change]] out"))


def test_a_file_that_is_none_of_ours_is_refused(station: Station) -> None:
    """With its name and the key."""
    (station.folder / "models.toml").write_text("[[change]]\ncamera = 3\n")
    with pytest.raises(ConfigError, match=r"models\.toml"):
        load(station.folder)
