"""`okko config`: the station file while the station runs: look, compare, activate, go back."""

import asyncio
import getpass
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from okko.commands.argument import station_argument
from okko.configuration import beside
from okko.configuration.asking import CHECK_S, NotAnswered, ask, taken
from okko.configuration.changed import difference
from okko.configuration.masking import masked
from okko.errors import ConfigError, Problem
from okko.station import Station, load
from okko.toml_tables import text_of

_FILE = click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
_JSON = click.option("--json", "as_json", is_flag=True, help="The same as one JSON object.")
_OFFLINE = click.option(
    "--offline", is_flag=True, help="The station does not run: look at, and change, its file alone."
)
_BY = click.option(
    "--by", metavar="NAME", default=getpass.getuser, show_default="who is logged in", help="Who says so."
)
_NOTE = click.option("--note", metavar="TEXT", default="", help="Why, for the history.")


@click.group(short_help="The station file while the station runs.")
def config() -> None:
    """The station file while the station runs: look at it, compare, put another one in force, go back.

    \b
    Examples:
      okko config show stations/ducks > new.toml
      okko config diff stations/ducks new.toml
      okko config activate stations/ducks new.toml --note "left camera sees more of the belt"
      okko config history stations/ducks
      okko config rollback stations/ducks
    """


@config.command(
    short_help="The station file as it is in force.",
    epilog="""\b
Examples:
  okko config show stations/ducks
  okko config show stations/ducks --version 3
""",
)
@station_argument
@click.option("--version", "number", type=click.IntRange(min=1), metavar="NUMBER", help="An earlier one.")
@_OFFLINE
@_JSON
def show(station: Path, number: int | None, *, offline: bool, as_json: bool) -> None:
    """The station file of STATION; users and passwords in cameras' addresses are shown as ***."""
    if number is not None:
        told = {"text": beside.version(station, number)} if offline else _ask(station, verb="version", number=number)
    else:
        told = beside.get(station) if offline else _ask(station, verb="get")
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(told["text"], nl=False)
    if told.get("in_force") is False:
        what = "this was written with an editor and is not in force: the decision agent has not begun anew since"
        click.echo(f"okko: {what}", err=True)


@config.command(
    short_help="What a file would change.",
    epilog="""\b
Examples:
  okko config diff stations/ducks new.toml
""",
)
@station_argument
@_FILE
@_OFFLINE
def diff(station: Path, file: Path, *, offline: bool) -> None:
    """What FILE says otherwise than the station file of STATION that is in force, as a unified diff."""
    told = beside.get(station) if offline else _ask(station, verb="get")
    click.echo(difference(told["text"], masked(_read(file))), nl=False)


@config.command(
    short_help="Put another station file in force.",
    epilog="""\b
Examples:
  okko config activate stations/ducks new.toml --note "a second camera"
  okko config activate stations/ducks new.toml --offline
""",
)
@station_argument
@_FILE
@click.option(
    "--based-on",
    metavar="SHA256",
    help="What FILE was made of, as `okko config show --json` tells it: refused where that is not there any more.",
)
@_BY
@_NOTE
@_OFFLINE
@_JSON
def activate(  # noqa: PLR0913 - one argument for each option
    station: Path, file: Path, based_on: str | None, by: str, note: str, *, offline: bool, as_json: bool
) -> None:
    """Put FILE in force at STATION: checked as `okko check` does, kept in the history, taken over by the agents.

    Rules are taken over between two parts; a camera, or another agent, whose own settings change begins anew. Relative
    paths in FILE start at the station's folder, wherever FILE lies.
    """
    text = _read(file)
    if offline:
        _tell(beside.activate(station, text, based_on, by, note), [], as_json=as_json)
        return

    async def carry_out(loaded: Station) -> tuple[dict[str, Any], list[str]]:
        base = based_on or (await ask(loaded, {"verb": "get"}))["sha256"]
        args = {"verb": "activate", "text": text, "based_on": base, "by": by, "note": note}
        done = await ask(loaded, args, timeout_s=CHECK_S)
        return done, await taken(loaded, done["config_sha256"])

    _tell(*_carried_out(station, carry_out, file), as_json=as_json)


@config.command(
    short_help="Put an earlier version in force again.",
    epilog="""\b
Examples:
  okko config rollback stations/ducks
  okko config rollback stations/ducks --to 3 --note "the new bound was too narrow"
""",
)
@station_argument
@click.option("--to", "number", type=click.IntRange(min=1), metavar="NUMBER", help="Default: the one before.")
@_BY
@_NOTE
@_OFFLINE
@_JSON
def rollback(  # noqa: PLR0913 - one argument for each option
    station: Path, number: int | None, by: str, note: str, *, offline: bool, as_json: bool
) -> None:
    """Put an earlier version of the station file of STATION in force again, in the same way as a new one."""
    if offline:
        to = number or _before(beside.versions(station)["versions"], station)
        _tell(beside.roll_back(station, to, by, note), [], as_json=as_json)
        return

    async def carry_out(loaded: Station) -> tuple[dict[str, Any], list[str]]:
        base = (await ask(loaded, {"verb": "get"}))["sha256"]
        to = number or _before((await ask(loaded, {"verb": "history"}))["versions"], station)
        args = {"verb": "rollback", "number": to, "based_on": base, "by": by, "note": note}
        done = await ask(loaded, args, timeout_s=CHECK_S)
        return done, await taken(loaded, done["config_sha256"])

    _tell(*_carried_out(station, carry_out, station), as_json=as_json)


@config.command(
    short_help="Which versions were in force, by whom and why.",
    epilog="""\b
Examples:
  okko config history stations/ducks
""",
)
@station_argument
@_OFFLINE
@_JSON
def history(station: Path, *, offline: bool, as_json: bool) -> None:
    """The versions of the station file of STATION, the newest first."""
    told = beside.versions(station) if offline else _ask(station, verb="history")
    if as_json:
        click.echo(json.dumps(told))
        return
    for version in told["versions"]:
        back = f" to {version['of']}" if "of" in version else ""
        who = f"  by {version['by']}" if version["by"] else ""
        note = f"  {version['note']}" if version["note"] else ""
        click.echo(f"{version['number']:>4}  {version['at']}  {version['kind'].replace('_', ' ')}{back}{who}{note}")
    if not told["versions"]:
        click.echo("nothing was changed yet", err=True)


def _read(file: Path) -> str:
    return sys.stdin.buffer.read().decode() if str(file) == "-" else text_of(file)


def _ask(station: Path, **args: Any) -> dict[str, Any]:
    return asyncio.run(ask(load(station), args))


def _carried_out(station: Path, carry_out: Callable[[Station], Any], about: Path) -> tuple[dict[str, Any], list[str]]:
    try:
        done: tuple[dict[str, Any], list[str]] = asyncio.run(carry_out(load(station)))
    except NotAnswered as error:
        if not error.result.get("problems"):
            raise
        problems = [_with_line(problem) for problem in error.result["problems"]]
        raise ConfigError(about, tuple(problems)) from error
    return done


def _with_line(problem: dict[str, Any]) -> Problem:
    line = f"line {problem['line']}, " if problem["line"] and problem["where"] else ""
    return Problem(f"{line}{problem['where']}", problem["what"], problem["remedy"])


def _before(versions: list[dict[str, Any]], station: Path) -> int:
    """The version before the one in force; where that was gone back to, before the one that it is again."""
    present = versions[0].get("of", versions[0]["number"]) if versions else 0
    earlier = [v["number"] for v in versions if v["number"] < present and v["kind"] != "rolled_back"]
    if not earlier:
        raise ConfigError.one(station, "", "there is no version before the one in force")
    return int(max(earlier))


def _tell(done: dict[str, Any], behind: list[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(done | {"behind": behind}))
    else:
        click.echo(f"version {done['number']} is in force, configuration {done['config_sha256'][:12]}")
    for agent in behind:
        click.echo(f"okko: {agent} does not work by it yet; `okko watch` shows why", err=True)
