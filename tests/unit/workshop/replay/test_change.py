"""A station with another bundle, or with other rules."""

from pathlib import Path

import pytest

from okko.errors import ConfigError
from okko.station import Station, load
from workshop.replay.change import changed

RULE = '[[rule]]\nkind = "expected_label"\ncamera = "{camera}"\nlabel = "OK"\n'
HEAD = '[station]\nsite = "a"\nline = "b"\nname = "c"\n'


def bundle(folder: Path, name: str, labels: str = '["OK", "KO"]') -> Path:
    """A bundle that nobody runs."""
    made = folder / name.replace("/", "-")
    made.mkdir(exist_ok=True)
    text = f'name = "{name}"\nversion = "2"\nfile = "m.tflite"\nlabels = {labels}\n[decoder]\nkind = "classification"\n'
    (made / "model.toml").write_text(text)
    return made


def station(folder: Path, models: dict[str, str], cameras: str = "left right", rules: str | None = None) -> Station:
    """Cameras, and models on them; each camera with a model expects OK."""
    text = HEAD + "".join(
        f'[[camera]]\nname = "{camera}"\nsource = {{ kind = "simulator" }}\n' for camera in cameras.split()
    )
    for name, seen in models.items():
        listed = ", ".join(f'"{camera}"' for camera in seen.split())
        text += f'[[model]]\nbundle = "{bundle(folder, name).name}"\ncameras = [{listed}]\n'
    if rules is None:
        rules = "".join(RULE.format(camera=camera) for seen in models.values() for camera in seen.split())
    (folder / "station.toml").write_text(text + rules)
    return load(folder)


@pytest.mark.parametrize(
    ("models", "name", "cameras", "instead_of", "expected"),
    [
        ({"old": "left right"}, "new", (), None, {"left": ["new"], "right": ["new"]}),  # the only one
        ({"old": "left right"}, "new", ("left",), None, {"left": ["new"], "right": ["old"]}),
        ({"old": "left", "other": "right"}, "other", (), None, {"left": ["old"], "right": ["other"]}),  # its name
        ({"old": "left", "other": "right"}, "new", ("right",), None, {"left": ["old"], "right": ["new"]}),
        ({"old": "left", "other": "right"}, "new", (), "old", {"left": ["new"], "right": ["other"]}),
        ({"old": "left right"}, "new", ("left", "right"), None, {"left": ["new"], "right": ["new"]}),
    ],
)
def test_a_bundle_takes_the_place_of_a_model(  # noqa: PLR0917 - a table of cases
    tmp_path: Path,
    models: dict[str, str],
    name: str,
    cameras: tuple[str, ...],
    instead_of: str | None,
    expected: dict[str, list[str]],
) -> None:
    """Of its own name, of the only one, or of the one that is named; on all its cameras or on some."""
    before = station(tmp_path, models)
    new = bundle(tmp_path, "new-one" if name == "new" else "again")
    text = (new / "model.toml").read_text()
    (new / "model.toml").write_text(text.replace('"new-one"', '"new"').replace('"again"', f'"{name}"'))
    after = changed(before, new, cameras, instead_of=instead_of)
    assert {camera: list(after.station.models_of(camera)) for camera in ("left", "right")} == expected
    placed = {
        camera for camera in expected for m in after.station.models if m.bundle_path == new and camera in m.cameras
    }
    assert after.replaced == {(camera, name) for camera in placed}
    assert len(after.about) == len(placed) > 0
    assert before.models_of("left") == (next(iter(models)),)


def test_a_rule_that_names_the_model_means_the_new_one(tmp_path: Path) -> None:
    """Of that camera; the other model's rules stay."""
    rules = "".join(RULE.format(camera="left") + f'model = "{model}"\n' for model in ("old", "other"))
    before = station(tmp_path, {"old": "left", "other": "left"}, "left", rules)
    after = changed(before, bundle(tmp_path, "new"), instead_of="old")
    assert [getattr(rule, "model", None) for rule in after.station.rules] == ["new", "other"]
    assert set(after.station.models_of("left")) == {"new", "other"}


@pytest.mark.parametrize(
    ("models", "cameras", "instead_of", "said"),
    [
        ({"old": "left", "other": "right"}, (), None, "no model is called 'new', there are old, other. Say where"),
        ({"old": "left", "other": "left"}, ("left",), None, "camera 'left' has no model 'new'"),
        ({"old": "left right"}, ("left",), "oldest", "camera 'left' has no model 'oldest'"),
        ({"old": "left right"}, ("top",), None, "there is no camera 'top'. Cameras here: left, right"),
    ],
)
def test_a_place_that_is_not_clear_is_asked_for(
    tmp_path: Path, models: dict[str, str], cameras: tuple[str, ...], instead_of: str | None, said: str
) -> None:
    """With the choices."""
    rules = RULE.format(camera="left") + 'model = "old"\n'
    before = station(tmp_path, models, rules=rules)
    with pytest.raises(ConfigError) as caught:
        changed(before, bundle(tmp_path, "new"), cameras, instead_of=instead_of)
    assert said in str(caught.value)


def test_labels_that_the_new_model_lacks_are_found_before_anything_is_run(tmp_path: Path) -> None:
    """The rules would make every part KO."""
    before = station(tmp_path, {"old": "left right"})
    with pytest.raises(ConfigError, match=r"model 'new' never reports 'OK'.*--rules FILE"):
        changed(before, bundle(tmp_path, "new", '["good", "bad"]'))


def test_a_station_without_a_model_is_given_one_with_rules(tmp_path: Path) -> None:
    """A captured data set: one camera is clear, of several none is."""
    before = station(tmp_path, {}, "left")
    rules = tmp_path / "rules.toml"
    rules.write_text(RULE.format(camera="left"))
    after = changed(before, bundle(tmp_path, "new"), rules=rules)
    assert after.station.models_of("left") == ("new",)
    with pytest.raises(ConfigError, match="there are models but no rule"):
        changed(before, bundle(tmp_path, "new"))
    with pytest.raises(ConfigError, match=r"fits any camera\. Say where it goes: --camera, one or more of left, right"):
        changed(station(tmp_path, {}), bundle(tmp_path, "new"), rules=rules)


def test_of_other_rules_the_rest_of_the_file_is_not_read(tmp_path: Path) -> None:
    """Rules and combination are; wrong ones are told by the file's name."""
    before = station(tmp_path, {"old": "left right"})
    other = tmp_path / "other.toml"
    other.write_text("unknown = 1\n" + RULE.format(camera="right") + RULE.format(camera="left"))
    after = changed(before, None, rules=other)
    assert [rule.camera for rule in after.station.rules] == ["right", "left"]
    assert after.about == [f"judged by the rules of {other}"]
    other.write_text(
        '[combine]\nkind = "min_ok"\ncount = 1\n' + RULE.format(camera="right") + RULE.format(camera="left")
    )
    assert changed(before, None, rules=other).station.combine.kind == "min_ok"
    for text, said in (
        (RULE.format(camera="top"), "rule[0].camera: there is no camera 'top'"),
        ("", "there are models but no rule"),
        ("[[rule]]\nkind = 1\n", "other.toml"),
        ("[[rule", "is not valid TOML"),
    ):
        other.write_text(text)
        with pytest.raises(ConfigError) as caught:
            changed(before, None, rules=other)
        assert said in str(caught.value)
        assert "other.toml" in str(caught.value)


def test_a_place_without_a_bundle_is_a_slip(tmp_path: Path) -> None:
    """Someone has forgotten --bundle, and would take the result for that of the new model."""
    before = station(tmp_path, {"old": "left right"})
    for more in ({"cameras": ("left",)}, {"instead_of": "old"}):
        with pytest.raises(ConfigError, match="Add --bundle"):
            changed(before, None, **more)
