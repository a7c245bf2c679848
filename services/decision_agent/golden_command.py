"""`okko golden`: how far the round of golden parts is, and a new one."""

import asyncio
import getpass
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from decision_agent.golden_args import VERB
from okko import contracts as c
from okko import request, station
from okko.errors import ConfigError
from okko.topics import Topics
from okko.watch.plain import plain

TIMEOUT_S = 5.0
_HEADINGS = ("part", "must be", "came", "when", "", "finding")


@click.command(
    short_help="Golden parts: which have passed, and a new round.",
    epilog="""\b
Examples:
  okko golden stations/press-3
  okko golden stations/press-3 --begin --by shift-2
  okko golden stations/press-3 --json | jq '[.parts[] | select(.passed | not) | .part_id]'
""",
)
@click.argument("station_path", metavar="STATION", type=click.Path(path_type=Path))
@click.option("--begin", is_flag=True, help="Begin a round: each golden part is to come again.")
@click.option("--by", metavar="NAME", default=getpass.getuser, show_default="who is logged in", help="Who begins it.")
@click.option("--json", "as_json", is_flag=True, help="The round as JSON.")
def golden(station_path: Path, by: str, *, begin: bool, as_json: bool) -> None:
    """The golden parts of STATION, known-good and known-bad: what each must get, what it got, and when.

    The decision agent is asked, which must run. With --begin a new round begins, as at the start of a shift: `ready` is
    0 until each part has come and got the verdict that it must get (unless the station file says otherwise).
    """
    loaded = station.load(station_path)
    if loaded.golden is None:
        what = "this station has no golden parts"
        raise ConfigError.one(loaded.path, "golden", what, "Add a [golden] table; docs/how-to/golden-parts.md says how")
    args = {"verb": "begin", "by": by} if begin else {"verb": "state"}
    result = asyncio.run(_ask(loaded, args))
    if as_json:
        click.echo(msgspec.json.encode(result))
        return
    for line in lines(msgspec.convert(result, c.GoldenRound)):
        click.echo(line)


async def _ask(loaded: station.Station, args: dict[str, Any]) -> dict[str, Any]:
    reply = await request.request(loaded.broker, Topics(loaded.base), "decision", VERB, args, timeout_s=TIMEOUT_S)
    if reply is None:
        message = f"no answer within {TIMEOUT_S:g} s: is the decision agent running? `okko up` starts it"
        raise click.ClickException(message)
    if not reply.ok:
        raise click.ClickException(reply.error or "the decision agent refused")
    return reply.result


def lines(found: c.GoldenRound) -> Iterator[str]:
    """A round as people read it."""
    passed = sum(part.passed for part in found.parts)
    state = f"all passed at {found.passed_at}" if found.passed_at else f"{passed} of {len(found.parts)} passed"
    waits = ", and `ready` waits for the rest" if found.needed and not found.passed_at else ""
    yield f"Due since {found.begun_at} ({plain(found.why)}): {state}{waits}"
    rows = [_HEADINGS, *(_row(part) for part in found.parts)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(part: c.GoldenPartState) -> tuple[str, ...]:
    came = "-" if part.got is None else part.got if part.got == "OK" else f"KO {part.reason}"
    state = "passed" if part.passed else "to come" if part.got is None else "WRONG"
    return plain(part.part_id), part.expect, came, part.at or "-", state, plain(part.finding or "")
