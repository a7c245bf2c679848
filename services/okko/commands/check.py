"""`okko check`: is a station file right?"""

from pathlib import Path

import click

from okko.commands.argument import station_argument
from okko.station import Station, load


@click.command(short_help="Validate a station file.")
@station_argument
def check(station: Path) -> None:
    """Validate STATION: its file, its bundles and model files; exit 2, and what to mend, where something is wrong.

    \b
    Examples:
      okko check stations/ducks
      okko check /etc/okko/press-3/station.toml
    """
    checked = load(station)
    click.echo(summary(checked))


def summary(station: Station) -> str:
    """What the station is, in a few lines."""
    cameras = ", ".join(f"{camera.name} ({camera.source.kind})" for camera in station.cameras)
    models = [f"{m.bundle.name} {m.bundle.version} on {', '.join(m.cameras)}" for m in station.models]
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
    return "\n".join(lines)
