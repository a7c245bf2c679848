"""`okko bridge`: Mosquitto's configuration for the live view at the broker further up."""

import os
from pathlib import Path

import click

from okko.bridge import PASSWORD_PLACEHOLDER, bridge_conf
from okko.commands.argument import station_argument
from okko.errors import ConfigError
from okko.station import Station, load


@click.command(short_help="Mosquitto's bridge to the broker further up.")
@station_argument
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it to this file."
)
@click.option("--with-password", is_flag=True, help="Write the password too, and let nobody else read the file.")
def bridge(station: Path, output: Path | None, *, with_password: bool) -> None:
    """Write the configuration of Mosquitto's bridge from STATION to the broker in its [uplink] table.

    The bridge carries the live view: verdict, ready, count, agents, events and station up, commands down and replies
    up. Never frames; items go up by the recorder, which loses none.

    \b
    Examples:
      okko bridge stations/ducks
      okko bridge stations/ducks --output /etc/mosquitto/conf.d/okko-bridge.conf
      OKKO_UPLINK_PASSWORD=... okko bridge stations/ducks --with-password --output bridge.conf
    """
    checked = load(station)
    password = _password(checked) if with_password else PASSWORD_PLACEHOLDER
    text = bridge_conf(checked, password=password)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        _write(output, text, mode=0o600 if with_password else 0o644)
    except OSError as error:
        raise ConfigError.one(output, "", f"cannot be written: {error.strerror}") from error
    click.echo(f"okko: wrote {output}; Mosquitto reads it when it is started again", err=True)


def _password(station: Station) -> str:
    uplink = station.uplink
    try:
        password = uplink.secret() if uplink is not None else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError.one(station.path, "uplink.password_file", f"cannot be read: {error}") from error
    if password is None:
        remedy = "Set OKKO_UPLINK_PASSWORD, or `password_file` under [uplink]"
        raise ConfigError.one(station.path, "uplink", "there is no password to write", remedy)
    return password


def _write(file: Path, text: str, mode: int) -> None:
    """The file with this mode from its first byte on, also where another one stood there."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as opened:
        opened.write(text)
