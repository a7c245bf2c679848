"""`okko audit`: what was done by whom at the dashboard."""

import sqlite3
from pathlib import Path

import click
import msgspec

from dashboard.access.audit import Query
from dashboard.access.book import Book, file_of
from dashboard.access.records import Audited
from okko.clock import utc_text
from okko.commands.argument import station_argument
from okko.station_place import data_folder
from recorder.filters import instant_ms


@click.command(
    short_help="What was done by whom at the dashboard.",
    epilog="""\b
Examples:
  okko audit stations/ducks
  okko audit stations/ducks --since 2h --who anna
  okko audit stations/ducks --json | jq -c 'select(.result == "refused") | [.at, .address, .action]'
""",
)
@station_argument
@click.option(
    "--since", "since_ms", metavar="WHEN", callback=instant_ms, help="At this time (ISO 8601) or later; 2h: ago."
)
@click.option("--who", metavar="NAME", help="Only what this account did; `terminal:NAME` in a terminal.")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="The newest N; still printed oldest first.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def audit(station: Path, since_ms: int | None, who: str | None, limit: int, *, as_json: bool) -> None:
    """Who logged in at the dashboard of STATION, what was changed, and what was refused: one entry a line.

    Works while the dashboard runs and when it does not. Times are UTC. 100,000 entries are kept.
    """
    data = data_folder(station)
    if not file_of(data).exists():
        click.echo("Nothing is noted yet: the dashboard has not run, and there is no account", err=True)
        return
    book = Book.open(data)
    try:
        found = book.audit.entries(Query(since_ms=since_ms, who=who, limit=limit))
    except sqlite3.Error as error:
        message = f"{file_of(data)} cannot be read: {error}"
        raise click.ClickException(message) from error
    finally:
        book.close()
    for entry in reversed(found):
        click.echo(_json(entry) if as_json else _line(entry))


def _json(entry: Audited) -> str:
    values = {"at": utc_text(entry.at_ms * 1_000_000), **msgspec.to_builtins(entry)}
    del values["at_ms"]
    return msgspec.json.encode(values).decode()


def _line(entry: Audited) -> str:
    role = f" ({entry.role})" if entry.role else ""
    address = f" from {entry.address}" if entry.address else ""
    what = " ".join(filter(None, (entry.action, entry.object)))
    told = ": ".join(filter(None, (entry.result, entry.detail)))
    line = f"{utc_text(entry.at_ms * 1_000_000)}  {entry.who or '-'}{role}{address}  {what}  {told}"
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
