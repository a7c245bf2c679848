"""What is to be other than it was: a bundle in the place of a model, the rules of another file."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from decision_agent.combine import All, Combine
from decision_agent.rules import Rule
from inference_agent.bundle import load_bundle
from okko import toml_file, toml_tables
from okko.errors import ConfigError
from okko.settings import Settings
from okko.station import Station, StationModel
from okko.station_place import find
from okko.station_rules import problems_of_rules
from workshop.replay.evidence import Seer
from workshop.unfit_rules import with_remedy


class _Rules(Settings):
    """What is read of a station file that gives other rules."""

    rule: tuple[Rule, ...] = ()
    combine: Combine = All()


@dataclass(frozen=True)
class Changed:
    """A station as it is to judge, and which of its models are not those that it has."""

    station: Station
    replaced: frozenset[Seer] = frozenset()
    about: list[str] = field(default_factory=list)
    """What is other, a sentence each."""


def changed(
    station: Station,
    bundle: Path | None,
    cameras: tuple[str, ...] = (),
    rules: Path | None = None,
    instead_of: str | None = None,
) -> Changed:
    """The station with another bundle, with other rules, or as it is.

    The bundle takes the place of a model as by `okko model set`: of that of its own name, of the only one, or of
    `instead_of`.

    Raises:
        ConfigError: if the bundle fits no camera or several models, or if rules and models do not fit each other.
    """
    if rules is not None:
        station = _with_rules(station, rules)
    if bundle is None:
        if cameras or instead_of:
            what = "say where a bundle goes, and none is given"
            raise ConfigError.one("--camera, --instead-of", "", what, "Add --bundle FOLDER")
        result = Changed(station)
    else:
        result = _with_bundle(station, bundle.resolve(), cameras, instead_of)
    if rules is not None:
        result.about.append(f"judged by the rules of {rules}")
    file = result.station.file
    found = problems_of_rules(file, [(model.bundle, model.cameras) for model in result.station.models])
    if found:
        error = ConfigError(rules or bundle or station.path, tuple(found))
        raise error if rules is not None or bundle is None else with_remedy(error, "Judge by others: --rules FILE")
    return result


def _with_rules(station: Station, path: Path) -> Station:
    file = find(path)
    tables = toml_tables.read(file)
    other = toml_file.validate(file, {key: tables[key] for key in ("rule", "combine") if key in tables}, _Rules)
    return replace(station, file=station.file.model_copy(update={"rule": other.rule, "combine": other.combine}))


def _with_bundle(station: Station, folder: Path, cameras: tuple[str, ...], instead_of: str | None) -> Changed:
    bundle = load_bundle(folder)
    for name in cameras:
        station.camera(name)
    places = _places(station, bundle.name, cameras, instead_of)
    models = [
        replace(model, cameras=left)
        for model in station.models
        if (left := tuple(c for c in model.cameras if places.get(c) != model.bundle.name))
    ]
    models.append(StationModel(folder, bundle, tuple(places)))
    # A rule that names the model which goes means the one that takes its place.
    rules = tuple(
        rule.model_copy(update={"model": bundle.name})
        if rule.camera in places and getattr(rule, "model", None) == places[rule.camera]
        else rule
        for rule in station.rules
    )
    file = station.file.model_copy(update={"rule": rules})
    replaced = frozenset((camera, bundle.name) for camera in places)
    about = [
        f"{bundle.name} {bundle.version} looks through camera {camera}" + (f" in the place of {old}" if old else "")
        for camera, old in places.items()
    ]
    return Changed(replace(station, models=tuple(models), file=file), replaced, about)


def _places(station: Station, name: str, cameras: tuple[str, ...], instead_of: str | None) -> dict[str, str]:
    """The cameras that get the bundle, each with the name of the model that it takes the place of, "" for none."""
    if not cameras:
        meant = instead_of or name
        same = tuple(c for m in station.models if m.bundle.name == meant for c in m.cameras)
        if same:
            cameras = same
        elif len(station.models) == 1:
            cameras = station.models[0].cameras
        elif len(station.cameras) == 1:
            cameras = (station.cameras[0].name,)
        else:
            named = ", ".join(m.bundle.name for m in station.models)
            what = f"no model is called {name!r}, there are {named}" if named else f"bundle {name!r} fits any camera"
            choices = ", ".join(camera.name for camera in station.cameras)
            raise ConfigError.one(station.path, "", what, f"Say where it goes: --camera, one or more of {choices}")
    places = {}
    for camera in cameras:
        seeing = station.models_of(camera)
        old = instead_of or (name if name in seeing or len(seeing) > 1 else next(iter(seeing), None))
        if old is not None and old not in seeing:
            what = f"camera {camera!r} has no model {old!r} whose place the new one could take"
            known = ", ".join(seeing) or "none"
            raise ConfigError.one(station.path, "", what, f"Its models: {known}. Say which by --instead-of")
        places[camera] = old or ""
    return places
