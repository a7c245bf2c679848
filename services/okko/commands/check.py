"""`okko check`: is a station file right?"""

from collections.abc import Iterator
from pathlib import Path

import click

from camera_agent.sources.folder import FolderSource
from decision_agent.rules.common import LabelRule
from inference_agent.bundle import missing_files
from okko.commands.argument import station_argument
from okko.errors import ConfigError, OkkoError, Problem, SourceError
from okko.model_files import has_litert, load_model
from okko.station import Station, StationModel, load
from okko.station_models import FILE_NAME


@click.command(short_help="Validate a station file.")
@station_argument
def check(station: Path) -> None:
    """Validate STATION: its file, its bundles and model files; exit 2, and what to mend, where something is wrong.

    Each model is really loaded and run once, where LiteRT is installed.

    \b
    Examples:
      okko check stations/ducks
      okko check /etc/okko/press-3/station.toml
    """
    checked = load(station)
    problems = (*_of_models(checked), *_of_sources(checked))
    if problems:
        raise ConfigError(checked.path, problems)
    click.echo(summary(checked))
    if checked.models and not has_litert():
        click.echo(
            "okko: LiteRT is not installed here, the model files were not tried: install okko[inference]", err=True
        )


def _of_models(station: Station) -> Iterator[Problem]:
    seeing = (*station.models, *station.shadows)
    for model in seeing:
        for problem in missing_files(model.bundle_path, model.bundle):
            yield Problem(f"{model.where}.bundle", str(problem))
    if not has_litert():
        return
    for model in seeing:
        if missing_files(model.bundle_path, model.bundle):
            continue
        try:
            highest = load_model(model).highest_score
        except OkkoError as error:
            yield Problem(f"{model.where}.bundle", f"{model.bundle_path}: {error}")
        else:
            if not model.shadow:
                yield from _out_of_reach(station, model, highest)


def _out_of_reach(station: Station, model: StationModel, highest: float) -> Iterator[Problem]:
    """Rules whose threshold no score of this model can reach: quantised outputs end below 1."""
    for index, rule in enumerate(station.rules):
        judges = (
            isinstance(rule, LabelRule) and rule.camera in model.cameras and rule.model in {None, model.bundle.name}
        )
        if isinstance(rule, LabelRule) and judges and rule.min_score > highest:
            what = f"{rule.min_score:g} is out of reach: model {model.bundle.name!r} gives at most {highest:g}"
            yield Problem(f"rule[{index}].min_score", what, "Lower it")


def _of_sources(station: Station) -> Iterator[Problem]:
    for index, camera in enumerate(station.cameras):
        if isinstance(camera.source, FolderSource):
            try:
                camera.source.open(station.folder).close()
            except SourceError as error:
                yield Problem(f"camera[{index}].source", str(error))


def summary(station: Station) -> str:
    """What the station is, in a few lines."""
    cameras = ", ".join(f"{camera.name} ({camera.source.kind})" for camera in station.cameras)
    models = [_model(model) for model in station.models]
    rules = ", ".join(f"{rule.kind} on {rule.camera}" for rule in station.rules)
    lines = [
        f"{station.path}: good",
        f"  topics   {station.base}/...",
        f"  broker   {station.broker.url}",
        f"  trigger  {station.trigger.kind}, deadline {station.station.deadline_ms} ms",
        f"  cameras  {cameras}",
        f"  models   {'; '.join(models) or 'none: images are recorded, every item is KO no_model'}",
        f"  rules    {rules or 'none'}",
        f"  data     {station.data if station.recorder is not None else 'nothing is recorded'}",
    ]
    if station.golden is not None:
        parts = ", ".join(f"{part.part_id} must be {part.expect}" for part in station.golden.parts)
        waits = "`ready` waits for them" if station.golden.ready_needs_golden else "`ready` does not wait for them"
        lines.append(f"  golden   {parts}; {waits}")
    if station.shadows:
        lines.insert(6, f"  shadow   {'; '.join(_model(model) for model in station.shadows)}")
    if station.file.inference:
        spread = "; ".join(f"{table.agent} on {', '.join(table.cameras)}" for table in station.file.inference)
        lines.insert(6, f"  agents   {spread}")
    if station.uplink is not None:
        lines.append(f"  up       {station.uplink.url} {station.central_base}/item")
    return "\n".join(lines)


def _model(model: StationModel) -> str:
    chosen = f", by {FILE_NAME}" if model.where.startswith(FILE_NAME) else ""
    return f"{model.bundle.name} {model.bundle.version} on {', '.join(model.cameras)}{chosen}"
