"""`okko replay`: what another model, or other rules, would have said of what is recorded."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click
import msgspec

from okko.contracts import VerdictWord
from okko.model_files import has_litert
from okko.station import load
from recorder.filters import instant_ms
from recorder.query import Query
from workshop.chosen_items import items_option
from workshop.progress_lines import ProgressLines
from workshop.progress_option import progress_option
from workshop.replay.asked import Asked
from workshop.replay.change import changed
from workshop.replay.report_file import check_place
from workshop.replay.sweep_target import target_of
from workshop.replay.tellers import JsonLines, Table

if TYPE_CHECKING:
    from workshop.replay.flip_files import FlipFiles


@click.command(
    short_help="Recorded images through another model or other rules.",
    epilog="""\b
Examples:
  okko replay stations/ducks --bundle models/duck-quality-2 --since 7d
  okko replay stations/ducks --rules stricter.toml --labelled
  okko replay stations/ducks --sweep expected_label/left.min_score --out sweep.html
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
@click.option("--instead-of", metavar="MODEL", help="The model whose place it takes, where the camera has several.")
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
@items_option
@click.option("--labelled", is_flag=True, help="Only items that someone has labelled (`okko label`).")
@click.option(
    "--max-flips", metavar="N", type=click.IntRange(min=0), help="Exit 1 if more verdicts flip; default: any."
)
@click.option(
    "--sweep",
    metavar="RULE.KEY",
    help="Escapes and false rejects of the labelled items against this threshold: 0.min_score, KIND.min_score, "
    "KIND/CAMERA.min_score, KIND/*.min_score.",
)
@click.option(
    "--out",
    metavar="REPORT.html",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a page with the flips as pictures; it needs no other file.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="A line for each flip and each item left out; the last: the sums."
)
@click.option("--list", "listed", metavar="N", type=click.IntRange(min=0), help="So many flips are listed at most.")
@click.option(
    "--pictures",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="With --json: the first 200 flips as pictures, judged then and now, in this new folder.",
)
@progress_option
def replay(  # noqa: PLR0913 - one argument for each option
    station_path: Path,
    *,
    bundle: Path | None,
    cameras: tuple[str, ...],
    instead_of: str | None,
    rules: Path | None,
    max_flips: int | None,
    sweep: str | None,
    out: Path | None,
    as_json: bool,
    listed: int | None,
    pictures: Path | None,
    progress: str,
    **wanted: object,
) -> None:
    """What is recorded at STATION, looked at and judged again: by another model, by other rules, or by what it has.

    Runs beside the station or without it, and changes nothing. The verdicts are those that the line would have given,
    by the code that it runs. Items decided for reasons of time or of a camera, or without images, are left out and
    counted. Exit 1 where more than --max-flips verdicts are other than recorded.
    """
    if pictures is not None and not as_json:
        raise click.UsageError("--pictures is for programs: --json says which file shows what")
    station = load(station_path)
    change = changed(station, bundle, cameras, rules, instead_of)
    if not has_litert():
        raise click.ClickException("LiteRT is not installed here: install okko[inference]")
    target = None if sweep is None else target_of(sweep, change.station)
    if out is not None:
        check_place(out)
    query = msgspec.convert({**wanted, "labelled": wanted["labelled"] or None}, Query)
    if target is not None:
        query = replace(query, labelled=True)
    teller = JsonLines(listed, _files(pictures)) if as_json else Table(listed)
    asked = Asked(station, change, query, target, teller, out, ProgressLines() if progress == "json" else None)
    tally = asked.answer()
    if not tally.replayed:
        raise click.ClickException("none of these items can be judged again")
    if max_flips is not None and tally.flips > max_flips:
        raise click.ClickException(f"{tally.flips} verdicts flip, at most {max_flips} may (--max-flips)")


def _files(folder: Path | None) -> "FlipFiles | None":
    if folder is None:
        return None
    from workshop.replay.flip_files import FlipFiles

    return FlipFiles(folder)
