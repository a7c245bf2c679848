"""Which models there are for a station: in force, looking on, taught; as the pages list them."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from decision_agent.rules import Rule
from inference_agent.decoders.anomaly import LABELS
from okko.station import Station, load
from workshop.models.in_force import as_json
from workshop.teaching.card import CARD, FIGURES, REPORT
from workshop.teaching.command import FOLDER
from workshop.teaching.judging import judging

MANIFEST = "model.toml"
MOST = 200
"""So many are listed, the newest."""


@dataclass(frozen=True, slots=True)
class Taught:
    """A bundle below the station's folder. `figures`: what was found when it was taught, empty where nobody knows."""

    key: str
    folder: Path
    name: str
    version: str
    at_s: float
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def camera(self) -> str | None:
        """The camera that it was taught for."""
        camera = self.figures.get("camera")
        return camera if isinstance(camera, str) else None

    def judged(self, station: Station, camera: str) -> Rule | None:
        """The rule that goes with it at a camera; None: those that there are do, or nobody knows how it was taught."""
        method, threshold, labels = (self.figures.get(key) for key in ("method", "threshold", "labels"))
        if not isinstance(method, str) or not isinstance(threshold, float | int):
            return None
        told = tuple(map(str, labels)) if isinstance(labels, list) and len(labels) > 1 else LABELS
        return judging(station, camera, self.name, method, float(threshold), told)

    @property
    def report(self) -> Path | None:
        """Its report, if it has one."""
        path = self.folder / REPORT
        return path if path.is_file() else None

    @property
    def card(self) -> Path | None:
        """Its card, if it has one."""
        path = self.folder / CARD
        return path if path.is_file() else None


@dataclass(frozen=True, slots=True)
class Models:
    """A station as its files are by now; `in_force` as `okko model list --json` gives it."""

    station: Station
    in_force: Mapping[str, Any]
    taught: tuple[Taught, ...]

    def find(self, key: str) -> Taught | None:
        """The bundle of that key: nothing else can be named from a browser."""
        return next((bundle for bundle in self.taught if bundle.key == key), None)


def models_of(path: Path) -> Models:
    """Read all of it anew.

    Raises:
        ConfigError: if the station's files are not in order.
        OSError: if its folder cannot be read.
    """
    station = load(path)
    return Models(station, as_json(station), tuple(taught_in(station.folder / FOLDER)[:MOST]))


def taught_in(folder: Path) -> list[Taught]:
    """The bundles in a folder, the newest first; what is none is passed over.

    Raises:
        OSError: if the folder cannot be read.
    """
    if not folder.is_dir():
        return []
    found = [bundle for path in folder.iterdir() if (bundle := _read(path)) is not None]
    return sorted(found, key=lambda bundle: (-bundle.at_s, bundle.key))


def _read(path: Path) -> Taught | None:
    if path.name.startswith("."):
        return None  # half a bundle, on its way
    manifest = path / MANIFEST
    try:
        table = tomllib.loads(manifest.read_text(encoding="utf-8"))
        at_s = manifest.stat().st_mtime
    except (OSError, ValueError):
        return None
    name, version = table.get("name"), table.get("version")
    if not isinstance(name, str) or not isinstance(version, str):
        return None
    return Taught(path.name, path, name, version, at_s, _figures(path / FIGURES))


def _figures(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
