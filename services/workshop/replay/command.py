"""`okko replay`: what another model, or other rules, would have said of what is recorded."""

import sqlite3
import time
from pathlib import Path
from typing import get_args

import click
import msgspec

from okko.contracts import VerdictWord
from okko.errors import ConfigError
from okko.model_files import has_litert
from okko.station import Station, load
from recorder.items import instant_ms
from recorder.reader import Query, count_items, open_store
from workshop.replay.change import Changed, changed
from workshop.replay.progress import shown
from workshop.replay.tally import Sums, Tally
from workshop.replay.tellers import JsonLines, Table, Teller


@click.command(
    short_help="Recorded images through another model or other rules.",
    epilog="""\b
Examples:
  okko replay stations/ducks --bundle models/duck-quality-2 --since 7d
  okko replay stations/ducks --rules stricter.toml --labelled
  okko replay stations/ducks --bundle models/duck-quality-2 --max-flips 5 --json | tail -n 1
""",
)
@click.argument("station_path", metavar="STATION", type=click.Path(path_type=Path))
@click.option(
    "--bundle", metavar="FOLDER", type=click.Path(path_type=Path), help="Look with this model instead of the station's."
)
@click.option(
    "--camera",
    "cameras",
    metavar="NAME",
    multiple=True,
    help="The camera that gets the bundle, where that is not clear; may be given again.",
)
@click.option(
    "--rules",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Judge by [[rule]] and [combine] of this station file; the rest of it is not read.",
)
@click.option(
    "--since", "since_ms", metavar="WHEN", callback=instant_ms, help="Decided at this time or later; 2h: ago."
)
@click.option("--until", "until_ms", metavar="WHEN", callback=instant_ms, help="Decided before this time.")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="The newest N that match.")
@click.option(
    "--verdict", type=click.Choice(get_args(VerdictWord), case_sensitive=False), metavar="OK|KO", help="Only these."
)
@click.option("--labelled", is_flag=True, help="Only items that someone has labelled (`okko label`).")
@click.option(
    "--max-flips", metavar="N", type=click.IntRange(min=0), help="Exit 1 if more verdicts flip; default: any."
)
@click.option(
    "--json", "as_json", is_flag=True, help="A line for each flip and each item left out; the last: the sums."
)
def replay(  # noqa: PLR0913 - one argument for each option
    station_path: Path,
    bundle: Path | None,
    cameras: tuple[str, ...],
    rules: Path | None,
    max_flips: int | None,
    *,
    as_json: bool,
    **wanted: object,
) -> None:
    """What is recorded at STATION, looked at and judged again: by another model, by other rules, or by what it has.

    Runs beside the station or without it, and changes nothing. The verdicts are those that the line would have given,
    by the code that it runs. Items decided for reasons of time or of a camera, or without images, are left out and
    counted. Exit 1 where more than --max-flips verdicts are other than recorded.
    """
    station = load(station_path)
    change = changed(station, bundle, cameras, rules)
    if not has_litert():
        raise click.ClickException("LiteRT is not installed here: install okko[inference]")
    teller = JsonLines() if as_json else Table()
    tally = _replay(station, change, msgspec.convert(wanted, Query), teller)
    if not tally.replayed:
        raise click.ClickException("none of these items can be judged again")
    if max_flips is not None and tally.flips > max_flips:
        raise click.ClickException(f"{tally.flips} verdicts flip, at most {max_flips} may (--max-flips)")


def _replay(station: Station, change: Changed, query: Query, teller: Teller) -> Tally:
    """The pass over the record, told as it goes."""
    # Here, so that --help and wrong input wait for no LiteRT.
    from workshop.replay.run import Replay

    folder = station.data.resolve()
    try:
        with open_store(folder) as connection:
            if connection is None:
                raise ConfigError.one(folder, "", "nothing is recorded yet", "Run the station, and trigger it")
            if not (count := count_items(connection, query)):
                raise ConfigError.one(folder, "", "no recorded item matches", "`okko items` shows what there is")
            again = Replay(change, folder, station.config_sha256)
            began_s = time.monotonic()
            for result in shown(again.items(connection, query), count, "items"):
                teller.item(result)
    except sqlite3.Error as error:
        message = f"the record in {folder} cannot be read: {error}"
        raise click.ClickException(message) from error
    teller.end(Sums(again.tally, again.now.percentiles(), again.then.percentiles(), time.monotonic() - began_s))
    return again.tally
