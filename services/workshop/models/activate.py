"""Another model in charge of a camera, while the station runs.

In this order, so that whoever dies at any moment, all come to the old model or all to the new one:

1. The bundle is copied into the station's folder. Nobody looks at it yet.
2. The inference agent loads it beside the model at work and says what came. The decision agent says that it is there.
3. `models.toml` is replaced: from here on the new one is in force, for whoever starts now too.
4. The inference agent takes it over between two frames; then the decision agent has new items wait for it.
"""

import asyncio
import getpass
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from decision_agent.rules import Rule
from okko import clock, station_models
from okko.errors import BrokerUnavailable, ConfigError, ModelError
from okko.model_files import has_litert, load_model
from okko.models_watch import VERB
from okko.station import Station, StationModel, load, with_changes
from okko.station_models import Change, ModelsFile
from okko.topics import Topics
from workshop.models import station_bundles
from workshop.models.asking import NotActivated, ask
from workshop.models.choice import setting, shadowing
from workshop.unfit_rules import with_remedy

PREPARE_S = 60.0
ANSWER_S = 15.0
WHO_S = 5.0
_RULE_REMEDY = "Give the rule that is to judge it: --rule 'kind = ...'"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Activated:
    """What is in charge of a camera now. `before`: what was, as people read it; `late`: who had not taken it over."""

    camera: str
    name: str
    version: str
    sha256: str
    bundle: Path
    before: str
    late: tuple[str, ...] = ()


def activate(  # noqa: PLR0913 - what may be said about it
    station_path: Path | str,
    camera: str,
    bundle_folder: Path,
    rule: Rule | None = None,
    *,
    instead_of: str | None = None,
    by: str | None = None,
    offline: bool = False,
    say: Say = lambda _: None,
) -> Activated:
    """Put a bundle in charge of a camera of a running station, and for all starts to come.

    `rule` takes the place of the rules that judged the model before, and is needed where no rule is about the camera;
    it may be left out where those that are there fit. `instead_of` names the model to be replaced, where the camera has
    several and none is called as the new one. `offline`: the station does not run, the choice is only written down.

    Raises:
        ConfigError: if the bundle, or how it fits the station, is wrong. Nothing has changed.
        ModelError: if the model cannot be loaded. Nothing has changed.
        NotActivated: if an agent did not answer, or refused, or there is no broker. Nothing has changed.
        BrokerUnavailable: if the broker went away meanwhile. Nothing has changed.
    """
    station = load(station_path)
    station.camera(camera)
    with station_bundles.changing(station.folder):
        kept = station_bundles.keep(station.folder, bundle_folder)
        if rule is None and (already := [m for m in station.models if m.bundle_path == kept and camera in m.cameras]):
            bundle = already[0].bundle
            return Activated(camera, bundle.name, bundle.version, "", kept, _told(already))
        change = _signed(setting(station, camera, kept, rule, instead_of), by)
        return _carry_out(station, change, station.changes.and_then(change), offline=offline, say=say)


def roll_back(
    station_path: Path | str, camera: str, *, by: str | None = None, offline: bool = False, say: Say = lambda _: None
) -> Activated:
    """Put the model before in charge again, by the same way; as far as the station file's own.

    Raises:
        ConfigError: if there is none, or it is not there any more. Nothing has changed.
        ModelError, NotActivated, BrokerUnavailable: as `activate`.
    """
    station = load_for_rollback(station_path, camera)
    with station_bundles.changing(station.folder):
        if not station_models.read(station.folder).sets_of(camera):
            what = f"camera {camera!r} has the station file's own model; there is none before it"
            raise ConfigError.one(station.folder / station_models.FILE_NAME, "", what)
        change = _signed(Change(camera=camera, kind="rollback", at="", by=""), by)
        changes = station_models.read(station.folder).and_then(change)
        return _carry_out(station, change, changes, offline=offline, say=say)


def load_for_rollback(station_path: Path | str, camera: str) -> Station:
    """The station as it will be: what is in force now may be just what cannot be loaded any more."""
    return load(station_path, lambda changes: changes.and_then(Change(camera=camera, kind="rollback", at="", by="")))


def shadow(  # noqa: PLR0913 - what may be said about it
    station_path: Path | str,
    camera: str,
    bundle_folder: Path | None,
    rule: Rule | None = None,
    *,
    by: str | None = None,
    offline: bool = False,
    say: Say = lambda _: None,
) -> Activated | None:
    """Have a bundle look on at a camera without a say in the verdict; None: nothing looks on any more.

    `rule` is what would judge it, where the rules that are in force do not fit.

    Raises:
        ConfigError, ModelError, NotActivated, BrokerUnavailable: as `activate`. Nothing has changed.
    """
    station = load(station_path)
    station.camera(camera)
    with station_bundles.changing(station.folder):
        kept = None if bundle_folder is None else station_bundles.keep(station.folder, bundle_folder)
        change = _signed(shadowing(station, camera, kept, rule), by)
        done = _carry_out(station, change, station.changes.and_then(change), offline=offline, say=say)
    return done if bundle_folder is not None else None


def _signed(change: Change, by: str | None) -> Change:
    return change.model_copy(update={"at": clock.utc_now(), "by": by or getpass.getuser()})


# -- carried out -----------------------------------------------------------------------------------------------------


def _carry_out(station: Station, change: Change, changes: ModelsFile, *, offline: bool, say: Say) -> Activated:
    camera, shadows = change.camera, change.kind.startswith("shadow")
    was = station_models.read(station.folder)
    try:
        after = with_changes(station, changes)
    except ConfigError as error:
        raise error if change.rules or change.kind != "set" else with_remedy(error, _RULE_REMEDY) from error
    present = _of(_loadable(station), camera, shadows=shadows)
    known = {model.bundle_path for model in present}
    wanted = _of(after, camera, shadows=shadows)
    fresh = [model for model in wanted if model.bundle_path not in known]
    late: tuple[str, ...] = ()
    if offline:
        sha256 = [_sha256(model) for model in fresh]
        station_models.write(station.folder, changes)
    else:
        sha256, late = asyncio.run(_Live(after, say).carry_out(fresh, camera, changes, was))
    new = fresh or wanted
    return Activated(
        camera=camera,
        name=new[-1].bundle.name if new else "",
        version=new[-1].bundle.version if new else "",
        sha256=sha256[-1] if sha256 else "",
        bundle=new[-1].bundle_path if new else Path(),
        before=_told(present),
        late=late,
    )


class _Live:
    """The agents of a running station, asked in the right order."""

    def __init__(self, station: Station, say: Say) -> None:
        self._station = station
        self._topics = Topics(station.base)
        self._say = say

    async def carry_out(
        self, new: list[StationModel], camera: str, changes: ModelsFile, was: ModelsFile
    ) -> tuple[list[str], tuple[str, ...]]:
        """The sha256 that the inference agent said of each new model, and who has not taken them over yet."""
        station = self._station
        agent = self._agent_of(camera)
        try:
            await self._ask("decision", "who", {}, WHO_S)
        except BrokerUnavailable as error:
            why = f"{error}. Where the station does not run, `okko model set`, `shadow` and `rollback` take --offline"
            raise NotActivated(why) from error
        sha256: list[str] = []
        for model in new:
            self._say(f"{agent} loads {model.bundle.name} {model.bundle.version} beside the model at work")
            folder = station.file.model[_index(station, model)].bundle
            came = await self._ask(agent, "prepare", {"camera": camera, "bundle": str(folder)}, PREPARE_S)
            sha256.append(str(came["sha256"]))
        if not new:
            await self._ask(agent, "who", {}, WHO_S)
        station_models.write(station.folder, changes)
        late = []
        for name in (agent, "decision"):
            self._say(f"{name} takes it over")
            try:
                await self._ask(name, VERB, {}, ANSWER_S)
            except _Refused as error:
                station_models.write(station.folder, was)
                raise NotActivated(str(error)) from error
            except (NotActivated, BrokerUnavailable):
                late.append(name)
        return sha256, tuple(late)

    def _agent_of(self, camera: str) -> str:
        for agent, models in self._station.inference.items():
            if not self._station.file.inference or any(camera in model.cameras for model in models):
                return agent
        for table in self._station.file.inference:
            if camera in table.cameras:
                return table.agent
        raise ConfigError.one(self._station.path, "inference", f"no inference agent serves camera {camera!r}")

    async def _ask(self, agent: str, verb: str, args: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        reply = await ask(self._station.broker, self._topics, agent, verb, args, timeout_s=timeout_s)
        if not reply.ok:
            raise _Refused(f"{agent} refused: {reply.error}")
        return reply.result


class _Refused(NotActivated):
    """An agent said no."""


def _index(station: Station, model: StationModel) -> int:
    return next(
        n
        for n, table in enumerate(station.file.model)
        if table.shadow == model.shadow
        and (station.folder / table.bundle).resolve() == model.bundle_path
        and table.cameras == model.cameras
    )


def _of(station: Station | None, camera: str, *, shadows: bool) -> list[StationModel]:
    if station is None:
        return []
    return [model for model in (station.shadows if shadows else station.models) if camera in model.cameras]


def _loadable(station: Station) -> Station | None:
    try:
        return with_changes(station)
    except ConfigError:
        return None


def _told(models: list[StationModel]) -> str:
    return " and ".join(f"{model.bundle.name} {model.bundle.version}" for model in models) or "no model"


def _sha256(model: StationModel) -> str:
    if not has_litert():
        raise ModelError(model.bundle.name, "cannot be tried here: LiteRT is not installed. Install okko[inference]")
    return str(load_model(model).ref.sha256)
