"""What the choice of a bundle means for a station: whose place it takes, and by which rules it is judged."""

from pathlib import Path

from decision_agent.rules import ImageRule, Rule
from inference_agent.bundle import Bundle, load_bundle
from inference_agent.decoders import Features
from okko.errors import ConfigError
from okko.station import Station, StationModel
from okko.station_models import Change


def setting(station: Station, camera: str, kept: Path, rule: Rule | None, instead_of: str | None) -> Change:
    """The change that puts a bundle, kept in the station's folder, in charge of a camera.

    Raises:
        ConfigError: if it cannot be told whose place it takes, or the rule does not go with it.
    """
    bundle = _judging(kept)
    present = {model.bundle.name: model for model in station.models if camera in model.cameras}
    replaced = instead_of or (bundle.name if bundle.name in present or len(present) > 1 else next(iter(present), None))
    if replaced is not None and replaced not in present:
        names = ", ".join(present) or "none"
        what = f"camera {camera!r} has no model {replaced!r} whose place the new one could take"
        raise ConfigError.one(kept, "name", what, f"Its models: {names}. Say which by `--instead-of`")
    rules = _rules(station, camera, replaced, bundle.name, rule)
    place, first_name = _place(station, camera, present[replaced]) if replaced is not None else (None, None)
    return Change(
        camera=camera,
        kind="set",
        at="",
        by="",
        bundle=kept.relative_to(station.folder).as_posix(),
        place=place,
        instead_of=first_name,
        name=bundle.name,
        version=bundle.version,
        rules=rules,
    )


def shadowing(station: Station, camera: str, kept: Path | None, rule: Rule | None = None) -> Change:
    """The change that has a bundle look on at a camera; None: that nothing does any more."""
    if kept is None:
        return Change(camera=camera, kind="shadow_off", at="", by="")
    bundle = _judging(kept)
    return Change(
        camera=camera,
        kind="shadow",
        at="",
        by="",
        bundle=kept.relative_to(station.folder).as_posix(),
        name=bundle.name,
        version=bundle.version,
        rules=(rule,) if rule is not None else (),
    )


def _judging(kept: Path) -> Bundle:
    """A bundle that says something of parts."""
    bundle = load_bundle(kept)
    if isinstance(bundle.decoder, Features):
        what = f"{bundle.name!r} is a backbone, which says nothing of parts"
        raise ConfigError.one(kept, "decoder.kind", what, "Teach a camera with it: okko teach")
    return bundle


def _rules(station: Station, camera: str, replaced: str | None, name: str, rule: Rule | None) -> tuple[Rule, ...]:
    """The rules that the change carries: its own, or those that came with the model before."""
    if rule is not None and rule.camera != camera:
        what = f"the rule is about {rule.camera!r}, the model about {camera!r}"
        raise ConfigError.one(station.path, "rule.camera", what)
    judging = tuple(
        present
        for present in station.rules
        if present.camera == camera
        and not isinstance(present, ImageRule)
        and getattr(present, "model", None) in {None, replaced}
    )
    if rule is not None and name == replaced and judging != (rule,):
        what = f"is another one than what judges {name!r} now, and an item might be judged by either with either"
        raise ConfigError.one(station.path, "rule", what, "Give the bundle another `name`, or leave the rule away")
    if rule is not None:
        return (rule,)
    before = next((change for change in station.changes.in_force(camera) if change.name == replaced), None)
    return before.rules if before is not None else ()


def _place(station: Station, camera: str, replaced: StationModel) -> tuple[str | None, str | None]:
    """The place in the station file that a model has, by way of whatever stands there now, and its own model's name."""
    for change in station.changes.in_force(camera):
        if (station.folder / (change.bundle or "")).resolve() == replaced.bundle_path:
            return change.place, change.instead_of
    place = next(
        str(table.bundle)
        for table in (station.own or station.file).model
        if camera in table.cameras and (station.folder / table.bundle).resolve() == replaced.bundle_path
    )
    return place, replaced.bundle.name
