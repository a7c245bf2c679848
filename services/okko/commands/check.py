"""`okko check`: is a station file right?"""

import json
import sys
from pathlib import Path
from typing import Any

import click

from okko.commands.argument import station_argument
from okko.errors import ConfigError
from okko.model_files import has_litert
from okko.station import Station, StationModel, load
from okko.station_check import problems_of
from okko.station_models import FILE_NAME
from okko.station_place import find
from okko.toml_lines import line_of
from okko.toml_tables import text_of


@click.command(short_help="Validate a station file.")
@station_argument
@click.option(
    "--with",
    "instead",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="As if this were its station file; - reads stdin. Relative paths start at the station's folder all the same.",
)
@click.option("--json", "as_json", is_flag=True, help="What is wrong as one JSON object, each problem with its line.")
def check(station: Path, instead: Path | None, *, as_json: bool) -> int:
    """Validate STATION: its file, its bundles and model files; exit 2, and what to mend, where something is wrong.

    Each model is really loaded and run once, where LiteRT is installed.

    \b
    Examples:
      okko check stations/ducks
      okko check /etc/okko/press-3/station.toml
      okko check stations/ducks --with new.toml --json
    """
    text = _read(instead) if instead is not None else None
    try:
        checked = load(station, text=text)
        if problems := problems_of(checked):
            raise ConfigError(checked.path, problems)
    except ConfigError as error:
        if not as_json:
            raise
        click.echo(json.dumps(wrong(error, text_of(find(station)) if text is None else text)))
        return error.exit_code
    click.echo(json.dumps(right(checked)) if as_json else summary(checked))
    if checked.models and not has_litert():
        click.echo(
            "okko: LiteRT is not installed here, the model files were not tried: install okko[inference]", err=True
        )
    return 0


def _read(file: Path) -> str:
    if str(file) != "-":
        return text_of(file)
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError.one("-", "", f"is not UTF-8 text: byte {error.start} is wrong") from error


def right(station: Station) -> dict[str, Any]:
    """What is told of a station that is good."""
    return {"good": True, "config_sha256": station.config_sha256, "problems": []}


def wrong(error: ConfigError, text: str) -> dict[str, Any]:
    """What is told of one that is not. `line`, from 1: where it stands in the station file, if it does."""
    problems = [
        {"where": p.where, "what": p.what, "remedy": p.remedy, "line": line_of(text, p.where, p.what)}
        for p in error.problems
    ]
    return {"good": False, "config_sha256": None, "problems": problems}


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
