"""Which models a station has in force, and how that came: as text and as JSON."""

from typing import Any

from okko.station import Station, StationModel
from okko.station_models import FILE_NAME, Change


def as_json(station: Station) -> dict[str, Any]:
    """`cameras`: what is in charge and what looks on; `history`: all changes, the oldest first."""
    return {
        "config_sha256": station.config_sha256,
        "cameras": {
            camera.name: {
                "models": [_model(model, station) for model in station.models if camera.name in model.cameras],
                "shadows": [_model(model, station) for model in station.shadows if camera.name in model.cameras],
                "steps_back": len(station.changes.sets_of(camera.name)),
            }
            for camera in station.cameras
        },
        "history": [change.model_dump(mode="json", exclude_none=True) for change in station.changes.change],
    }


def as_text(station: Station) -> str:
    """A few lines a camera, then the history."""
    lines = []
    for camera in station.cameras:
        models = [model for model in station.models if camera.name in model.cameras]
        lines += [f"{camera.name}: {_line(model, station)}" for model in models] or [f"{camera.name}: no model"]
        shadows = [model for model in station.shadows if camera.name in model.cameras]
        lines += [f"  in the shadow: {_line(model, station)}" for model in shadows]
        if steps := len(station.changes.sets_of(camera.name)):
            lines.append(f"  {steps} {'step' if steps == 1 else 'steps'} back: okko model rollback")
    if station.changes.change:
        lines += ["history", *(f"  {_told(change)}" for change in station.changes.change)]
    return "\n".join(lines)


def _model(model: StationModel, station: Station) -> dict[str, Any]:
    return {
        "name": model.bundle.name,
        "version": model.bundle.version,
        "bundle": str(model.bundle_path),
        "from": FILE_NAME if model.where.startswith(FILE_NAME) else station.path.name,
    }


def _line(model: StationModel, station: Station) -> str:
    source = FILE_NAME if model.where.startswith(FILE_NAME) else station.path.name
    return f"{model.bundle.name} {model.bundle.version}, by {source}: {model.bundle_path}"


def _told(change: Change) -> str:
    about = f" {change.name} {change.version} ({change.bundle})" if change.bundle else ""
    return f"{change.at}  {change.camera}  {change.kind.replace('_', ' ')}{about}  by {change.by}"
