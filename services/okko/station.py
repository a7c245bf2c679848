"""A station: its file and environment as validated settings, with what only the whole can show to be wrong."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from camera_agent.settings import CameraSettings
from dashboard.settings import DashboardSettings
from decision_agent.combine import Combine
from decision_agent.golden_settings import GoldenSettings, problems_of_golden
from decision_agent.rules import ImageRule, Rule
from decision_agent.triggers import TriggerSource
from inference_agent.bundle import Bundle, load_bundle
from okko import station_models, toml_file, toml_tables
from okko.broker_settings import BrokerSettings
from okko.errors import ConfigError, Problem
from okko.station_file import INFERENCE, StationFile, StationTable
from okko.station_inference import problems_of_inference
from okko.station_place import DATA_VARIABLE, find
from okko.station_rules import problems_of_rules
from recorder.settings import RecorderSettings
from recorder.uplink_settings import UplinkSettings

URL_VARIABLE = "OKKO_BROKER_URL"
"""Takes the place of `url` under [broker]: the same station on another broker, for demos, tests and containers."""


PAGE_PORT_VARIABLE = "OKKO_PAGE_PORT"
"""Takes the place of `port` under [dashboard], as above; where there is no such table it does nothing."""

PAGE_HOST_VARIABLE = "OKKO_PAGE_HOST"
"""Takes the place of `host` there: in a container, whose published port decides who reaches it, with TLS or without."""


@dataclass(frozen=True)
class StationModel:
    """One `[[model]]`, with its bundle read. `where` it stands; with `shadow` it has no say in the verdict."""

    bundle_path: Path
    bundle: Bundle
    cameras: tuple[str, ...]
    where: str = ""
    shadow: bool = False


@dataclass(frozen=True)
class Station:
    """A station that can be run. `folder` is where its file lies: relative paths start there.

    `file` is what is in force: the station file as it was written (`own`), and on top of it what `okko model` has
    changed (`changes`). `models` decide, `shadows` only look on. `text` is the station file as it was read.
    """

    path: Path
    file: StationFile
    models: tuple[StationModel, ...]
    data_instead: Path | None = None
    shadows: tuple[StationModel, ...] = ()
    own: StationFile | None = None
    changes: station_models.ModelsFile = station_models.NO_CHANGES
    text: str = ""

    @property
    def folder(self) -> Path:
        """The folder of the station file."""
        return self.path.parent

    @property
    def station(self) -> StationTable:
        """The `[station]` table."""
        return self.file.station

    @property
    def trigger(self) -> TriggerSource:
        """The `[trigger]` table."""
        return self.file.trigger

    @property
    def broker(self) -> BrokerSettings:
        """The `[broker]` table."""
        return self.file.broker

    @property
    def cameras(self) -> tuple[CameraSettings, ...]:
        """The `[[camera]]` tables."""
        return self.file.camera

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The `[[rule]]` tables."""
        return self.file.rule

    @property
    def combine(self) -> Combine:
        """The `[combine]` table."""
        return self.file.combine

    @property
    def golden(self) -> GoldenSettings | None:
        """The `[golden]` table, or None where there are no golden parts."""
        return self.file.golden

    @property
    def inference(self) -> Mapping[str, tuple[StationModel, ...]]:
        """The inference agents by name, each with its models, and of their cameras those that it serves."""
        return self._spread(self.models)

    @property
    def inference_shadows(self) -> Mapping[str, tuple[StationModel, ...]]:
        """The same for what looks on in the shadow."""
        return self._spread(self.shadows)

    def _spread(self, models: tuple[StationModel, ...]) -> Mapping[str, tuple[StationModel, ...]]:
        tables = self.file.inference
        if not tables:
            return {INFERENCE: models}
        return {
            table.agent: tuple(
                replace(model, cameras=served)
                for model in models
                if (served := tuple(camera for camera in model.cameras if camera in table.cameras))
            )
            for table in tables
        }

    @property
    def recorder(self) -> RecorderSettings | None:
        """The `[recorder]` table, or None where nothing is recorded."""
        return self.file.recorder

    @property
    def uplink(self) -> UplinkSettings | None:
        """The `[uplink]` table, or None where nothing goes up."""
        return self.file.uplink

    @property
    def dashboard(self) -> DashboardSettings | None:
        """The `[dashboard]` table, or None where there is no page."""
        return self.file.dashboard

    @property
    def base(self) -> str:
        """The prefix of all topics of this station."""
        table = self.station
        return table.base or f"okko/v1/{table.site}/{table.line}/{table.name}"

    @property
    def central_base(self) -> str:
        """The prefix of this station's topics at the broker further up."""
        return (self.uplink.central_base if self.uplink is not None else None) or self.base

    @property
    def data(self) -> Path:
        """The folder below which the station keeps what it makes."""
        if self.data_instead is not None:
            return self.data_instead
        return self.folder / (self.recorder.path if self.recorder is not None else "data")

    @property
    def journal_folder(self) -> Path:
        """Where the decision agent keeps its journal."""
        path = self.file.journal.path
        return self.folder / path if path is not None else self.data / "journal"

    @cached_property
    def config_sha256(self) -> str:
        """The hash of the configuration in force: the station file as understood, and its bundles."""
        tables = self.file.model_dump(mode="json", exclude={"broker", "uplink", "dashboard"})
        for name in ("inference", "golden"):
            if not getattr(self.file, name):
                del tables[name]  # who does without it has the hash from before there was such a table
        for table in tables["model"]:
            if not table["shadow"]:
                del table["shadow"]  # as above
        bundles = [model.bundle.model_dump(mode="json") for model in (*self.models, *self.shadows)]
        return hashlib.sha256(json.dumps([tables, bundles], sort_keys=True).encode()).hexdigest()

    def camera(self, name: str) -> CameraSettings:
        """The camera of that name.

        Raises:
            ConfigError: if there is none; with the names that there are.
        """
        for camera in self.cameras:
            if camera.name == name:
                return camera
        known = ", ".join(camera.name for camera in self.cameras)
        raise ConfigError.one(self.path, "camera", f"there is no camera {name!r}", f"Cameras here: {known}")

    def inference_agent(self, name: str) -> str:
        """The name on the broker of the `[[inference]]` of that name.

        Raises:
            ConfigError: if there is none; with the names that there are.
        """
        for table in self.file.inference:
            if table.name == name:
                return table.agent
        known = ", ".join(table.name for table in self.file.inference)
        remedy = f"Inference agents here: {known}" if known else "There is one for all cameras: leave the name out"
        raise ConfigError.one(self.path, "inference", f"there is no inference agent {name!r}", remedy)

    def models_of(self, camera: str) -> tuple[str, ...]:
        """The names of the models that see a camera's frames."""
        return tuple(model.bundle.name for model in self.models if camera in model.cameras)

    def wants_image_quality(self, camera: str) -> bool:
        """Whether a rule asks how bright and sharp this camera's pictures are."""
        return any(isinstance(rule, ImageRule) and rule.camera == camera for rule in self.rules)


def load(
    path: Path | str,
    amend: Callable[[station_models.ModelsFile], station_models.ModelsFile] = lambda changes: changes,
    *,
    text: str | None = None,
) -> Station:
    """The station that a folder, or its file, describes; all of it is checked.

    `amend`: as if this were in force. `text`: as if this stood in the file.

    Raises:
        ConfigError: with all that is wrong.
    """
    file = find(Path(path))
    text = toml_tables.text_of(file) if text is None else text
    tables = toml_tables.understood(file, text)
    url = os.environ.get(URL_VARIABLE)
    broker = tables.get("broker", {})
    if url is not None and isinstance(broker, dict):
        tables["broker"] = {**broker, "url": url}
    page, instead = tables.get("dashboard"), _page_instead()
    if isinstance(page, dict):
        tables["dashboard"] = {**page, **instead}
    try:
        settings = toml_file.validate(file, tables, StationFile)
    except ConfigError as error:
        said = {
            "broker.url": f"broker.url, from {URL_VARIABLE}" if url is not None else "broker.url",
            "dashboard.port": f"dashboard.port, from {PAGE_PORT_VARIABLE}" if "port" in instead else "dashboard.port",
            "dashboard.host": f"dashboard.host, from {PAGE_HOST_VARIABLE}" if "host" in instead else "dashboard.host",
        }
        problems = tuple(replace(p, where=said.get(p.where, p.where)) for p in error.problems)
        raise ConfigError(file, problems) from error
    resolved = {
        name: table and table.resolved(file.parent)
        for name, table in (("broker", settings.broker), ("uplink", settings.uplink), ("dashboard", settings.dashboard))
    }
    settings = settings.model_copy(update=resolved)
    data = os.environ.get(DATA_VARIABLE)
    changes = amend(station_models.read(file.parent))
    return _checked(file, settings, changes, file.parent / data if data else None, text)


def _page_instead() -> dict[str, object]:
    """What the environment puts in the place of keys under [dashboard]."""
    port, host = os.environ.get(PAGE_PORT_VARIABLE), os.environ.get(PAGE_HOST_VARIABLE)
    instead: dict[str, object] = {}
    if port:
        instead["port"] = int(port) if port.isdecimal() else port
    if host:
        instead |= {"host": host, "plain_http": True}
    return instead


def with_changes(station: Station, changes: station_models.ModelsFile | None = None) -> Station:
    """A station as it was started, with the models that are in force now, or that `changes` would put in force.

    `models.toml` and the bundles are read again; the station file is not: what else it says needs a restart.

    Raises:
        ConfigError: with all that is wrong.
    """
    changes = station_models.read(station.folder) if changes is None else changes
    return _checked(station.path, station.own or station.file, changes, station.data_instead, station.text)


def _checked(
    file: Path, own: StationFile, changes: station_models.ModelsFile, data_instead: Path | None, text: str
) -> Station:
    """The whole of it, if nothing is wrong."""
    applied = station_models.apply(own, changes)
    settings = applied.settings
    found = [*_duplicate_names(settings), *_missing_files(settings), *applied.problems]
    models: list[StationModel] = []
    cameras = {camera.name for camera in settings.camera}
    for placed in applied.placed:
        table, where = placed.table, placed.where
        found += _unknown_cameras(f"{where}.cameras", table.cameras, cameras)
        folder = (file.parent / table.bundle).resolve()
        try:
            models.append(StationModel(folder, load_bundle(folder), table.cameras, where, table.shadow))
        except ConfigError as error:
            if not folder.is_dir() and where.startswith(station_models.FILE_NAME):
                remedy = "Put it back, or take it back: `okko model rollback`, with --offline where nothing runs"
                found.append(Problem(where, f"the bundle that was chosen is gone: {folder}", remedy))
                continue
            found += [Problem(f"{where}.bundle", f"{error.file}: {problem}") for problem in error.problems]
    deciding, shadows = (tuple(m for m in models if m.shadow == shadow) for shadow in (False, True))
    station = Station(file, settings, deciding, data_instead, shadows, own, changes, text)
    found += _of_uplink(station)
    found += problems_of_golden(settings.golden, trigger=settings.trigger.kind, has_models=bool(settings.model))
    if len(models) == len(settings.model):
        found += [*_repeated_models(station.models), *_repeated_models(station.shadows)]
        found += problems_of_inference(settings)
        found += problems_of_rules(settings, [(model.bundle, model.cameras) for model in station.models])
    if found:
        raise ConfigError(file, tuple(found))
    return station


def _duplicate_names(settings: StationFile) -> list[Problem]:
    names = [camera.name for camera in settings.camera]
    return [
        Problem(f"camera[{index}].name", f"{name!r} is the name of two cameras", "Give each its own")
        for index, name in enumerate(names)
        if name in names[:index]
    ]


def _missing_files(settings: StationFile) -> list[Problem]:
    tables = [table for table in (settings.broker, settings.uplink, settings.dashboard) if table is not None]
    return [
        Problem(
            f"{table.table}.{key}", f"there is no file {str(path)!r}", "A relative path starts at the station's folder"
        )
        for table in tables
        for key in ("ca", "cert", "key", "password_file")
        if (path := getattr(table, key, None)) is not None and not path.is_file()
    ]


def _of_uplink(station: Station) -> list[Problem]:
    if (uplink := station.uplink) is None:
        return []
    problems = []
    if station.recorder is None:
        what = "only what is recorded can go up, and this station records nothing"
        problems.append(Problem("uplink", what, "Add a [recorder] table, or take [uplink] away"))
    broker = station.broker
    if (uplink.host, uplink.port) == (broker.host, broker.port) and station.central_base == station.base:
        what = "is the station's own broker, where every item has been already"
        problems.append(
            Problem("uplink.url", what, "Give the address of the central broker, or another `central_base`")
        )
    return problems


def _unknown_cameras(where: str, named: tuple[str, ...], cameras: set[str]) -> list[Problem]:
    known = ", ".join(sorted(cameras))
    return [
        Problem(where, f"there is no camera {name!r}", f"Cameras here: {known}")
        for name in named
        if name not in cameras
    ]


def _repeated_models(models: tuple[StationModel, ...]) -> list[Problem]:
    seen: dict[tuple[str, str], str] = {}
    problems = []
    for model in models:
        for camera in model.cameras:
            first = seen.setdefault((camera, model.bundle.name), model.where)
            if first != model.where:
                what = f"model {model.bundle.name!r} is given camera {camera!r} already by {first}"
                problems.append(Problem(model.where, what, "Give each bundle its own name in model.toml"))
    return problems
