"""What of a station file concerns which agent: who need not be started again when something else in it has changed.

Each agent says in its state by which part of the file it works, as a hash. So it can be seen from the outside who works
by an older file, whatever happened meanwhile. What lies where on a machine is left out: agents may run on several.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from okko.station import Station
from okko.station_file import INFERENCE

CAMERA = "camera-"
_OF_ALL = ("site", "line", "name", "base", "deadline_ms", "capture_window_ms")
_FILES = ("ca", "cert", "key", "password_file")
_SECRET_DIGITS = 4


def sha256_of(station: Station, agent: str) -> str:
    """The hash of what concerns the agent of that name; empty: the station has no such agent."""
    concerns = of_agent(station, agent)
    return hashlib.sha256(json.dumps(concerns, sort_keys=True).encode()).hexdigest() if concerns else ""


def of_agent(station: Station, agent: str) -> Mapping[str, Any]:
    """What an agent cannot take over while it runs; nothing for an agent that the station does not have.

    What `models.toml` changes is none of it: that is taken over between two parts. So are rules, cameras and models by
    the decision agent.
    """
    file = station.own or station.file
    tables = file.model_dump(mode="json", exclude={"broker"})
    recorder = tables["recorder"]
    common = {key: tables["station"][key] for key in _OF_ALL} | {"data": recorder and recorder["path"]}
    if agent == "decision":
        return common | {key: tables[key] for key in ("station", "trigger", "journal", "golden")}
    if agent == "recorder" and recorder is not None:
        return common | {"recorder": recorder, "uplink": _without_folders(tables["uplink"])}
    if agent == "dashboard" and tables["dashboard"] is not None:
        return common | {"dashboard": tables["dashboard"], "cameras": tables["camera"]}
    if agent.startswith(CAMERA):
        for settings, table in zip(file.camera, tables["camera"], strict=True):
            if settings.name == agent.removeprefix(CAMERA):
                return common | {"camera": table, "secrets": list(_secrets(settings.source))}
        return {}
    if agent in station.inference or (agent == INFERENCE and not file.inference):
        cameras = {camera.name: station.wants_image_quality(camera.name) for camera in file.camera}
        return common | {"cameras": cameras, "model": tables["model"], "inference": tables["inference"]}
    return {}


def _without_folders(uplink: dict[str, Any] | None) -> dict[str, Any] | None:
    if uplink is None:
        return None
    return uplink | {key: Path(uplink[key]).name for key in _FILES if uplink[key] is not None}


def _secrets(source: object) -> Iterator[str]:
    """Of each secret of a source so little that nobody finds it from that, and yet one that changes is noticed."""
    for value in vars(source).values():
        if isinstance(value, SecretStr):
            yield hashlib.sha256(value.get_secret_value().encode()).hexdigest()[:_SECRET_DIGITS]
