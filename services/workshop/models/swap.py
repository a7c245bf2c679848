"""`okko model set`, `rollback`, `shadow` and `list`: which model is in charge of a camera, while the line runs."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import click

from okko.commands.argument import station_argument
from okko.station import load
from workshop.models import activate as swapping
from workshop.models.activate import Activated
from workshop.models.in_force import as_json, as_text
from workshop.models.rule_text import rule_of

_BUNDLE = click.argument("bundle", type=click.Path(path_type=Path))


def _common(command: Callable[..., None]) -> Callable[..., None]:
    """The options of all commands that change something."""
    for option in (
        click.option("--json", "as_json_", is_flag=True, help="What is in charge now, as one JSON object."),
        click.option("--offline", is_flag=True, help="The station does not run: write the choice down for its start."),
        click.option("--by", metavar="NAME", help="Who says so; default: who is logged in."),
    ):
        command = option(command)
    return command


@click.command(
    "set",
    short_help="Put a bundle in charge of a camera, without stopping.",
    epilog="""\b
Examples:
  okko model set stations/ducks left models/duck-quality-2
  okko model set stations/press-3 top taught/top --rule 'kind = "max_anomaly"'
""",
)
@station_argument
@click.argument("camera")
@_BUNDLE
@click.option("--instead-of", metavar="MODEL", help="Whose place it takes, where the camera has several models.")
@click.option("--rule", "rule_text", metavar="TOML", help="The rule that judges it, in the place of those before.")
@_common
def set_model(  # noqa: PLR0913, PLR0917 - one argument for each option
    station: Path,
    camera: str,
    bundle: Path,
    instead_of: str | None,
    rule_text: str | None,
    by: str | None,
    *,
    offline: bool,
    as_json_: bool,
) -> None:
    """Put BUNDLE in charge of CAMERA of STATION while it runs.

    The bundle is copied into the station's folder; the inference agent loads and warms it up beside the model at work,
    and it takes over between two parts. If anything is wrong, or an agent does not answer, nothing changes. The choice
    stands in `models.toml` beside the station file and survives restarts.
    """
    rule = rule_of(rule_text, camera, "--rule") if rule_text is not None else None
    done = swapping.activate(station, camera, bundle, rule, instead_of=instead_of, by=by, offline=offline, say=_say)
    _tell(done, "is in charge of", as_json=as_json_)


@click.command(
    "rollback",
    short_help="Put the model before in charge again.",
    epilog="""\b
Examples:
  okko model rollback stations/ducks left
""",
)
@station_argument
@click.argument("camera")
@_common
def rollback(station: Path, camera: str, by: str | None, *, offline: bool, as_json_: bool) -> None:
    """Put the model that CAMERA of STATION had before in charge again, in the same way; again: the one before that."""
    _tell(swapping.roll_back(station, camera, by=by, offline=offline, say=_say), "is in charge of", as_json=as_json_)


@click.command(
    "shadow",
    short_help="Have a second bundle look on, without a say.",
    epilog="""\b
Examples:
  okko model shadow stations/ducks left models/duck-quality-2
  okko model compare stations/ducks left --since 2h
  okko model shadow stations/ducks left --off
""",
)
@station_argument
@click.argument("camera")
@click.argument("bundle", required=False, type=click.Path(path_type=Path))
@click.option("--off", is_flag=True, help="Nothing looks on any more.")
@click.option(
    "--rule", "rule_text", metavar="TOML", help="The rule that would judge it, where the present ones do not fit."
)
@_common
def shadow(  # noqa: PLR0913 - one argument for each option
    station: Path,
    camera: str,
    bundle: Path | None,
    rule_text: str | None,
    by: str | None,
    *,
    off: bool,
    offline: bool,
    as_json_: bool,
) -> None:
    """Have BUNDLE look at the frames of CAMERA of STATION too, without a say in the verdict.

    It runs when the models in charge have answered, and not at all while they have work. What it says is recorded
    with the items; `okko model compare` tells where it would have judged otherwise.
    """
    if off == (bundle is not None):
        raise click.UsageError("Give either a BUNDLE or --off.")
    rule = rule_of(rule_text, camera, "--rule") if rule_text is not None else None
    done = swapping.shadow(station, camera, bundle, rule, by=by, offline=offline, say=_say)
    if done is None:
        click.echo(json.dumps({"camera": camera, "shadow": None}) if as_json_ else f"nothing looks on at {camera}")
    else:
        _tell(done, "looks on at", as_json=as_json_)


@click.command(
    "list",
    short_help="Which models are in force, and how that came.",
    epilog="""\b
Examples:
  okko model list stations/ducks
""",
)
@station_argument
@click.option("--json", "as_json_", is_flag=True, help="The same as one JSON object.")
def list_models(station: Path, *, as_json_: bool) -> None:
    """What is in charge of each camera of STATION, where it comes from, what looks on, and what was changed by whom."""
    loaded = load(station)
    click.echo(json.dumps(as_json(loaded)) if as_json_ else as_text(loaded))


def _say(text: str) -> None:
    if sys.stderr.isatty():
        click.echo(text, err=True)


def _tell(done: Activated, what: str, *, as_json: bool) -> None:
    if as_json:
        fields = {"camera": done.camera, "name": done.name, "version": done.version, "sha256": done.sha256}
        click.echo(json.dumps({**fields, "bundle": str(done.bundle), "before": done.before, "late": done.late}))
    else:
        now = f"{done.name} {done.version}" if done.name else "no model"
        click.echo(f"{now} {what} {done.camera}; before: {done.before}")
    for agent in done.late:
        click.echo(f"okko: {agent} has not said that it works by it; it will when it runs", err=True)
