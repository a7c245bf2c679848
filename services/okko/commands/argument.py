"""The argument that nearly every command takes: a station."""

from pathlib import Path

import click

station_argument = click.argument("station", type=click.Path(path_type=Path))
"""STATION: a folder with a station.toml, or the file."""
