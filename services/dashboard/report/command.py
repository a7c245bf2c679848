"""`okko report`: a shift, or any span, as one page."""

import sqlite3
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import get_args

import click

from dashboard.report.asked import span_between, span_of_shift
from dashboard.report.figures import Span
from dashboard.report.make import PICTURES, anything_in, report
from dashboard.report.telling import telling
from dashboard.report.wording import Wording
from dashboard.report.written import FOLDER, file_name, prune
from dashboard.report.zone import local_zone
from dashboard.settings import DashboardSettings, Language
from dashboard.texts import Texts
from okko.station import load
from recorder.filters import instant_ms
from workshop.progress_lines import ProgressLines
from workshop.progress_option import progress_option
from workshop.replay.report_file import check_place, write


@click.command(
    name="report",
    short_help="A shift as one page: figures, findings, pictures, events.",
    epilog="""\b
Examples:
  okko report stations/ducks
  okko report stations/ducks --shift current --out now.html
  okko report stations/ducks --shift 2026-11-25/2 --language fr
  okko report stations/ducks --since 2026-11-23 --until 2026-11-24 --out monday.html
""",
)
@click.argument("station_path", metavar="STATION", type=click.Path(path_type=Path))
@click.option(
    "--shift",
    metavar="WHICH",
    help="last (the default), current, or DATE/N: the Nth shift that begins on that day. [dashboard] says when.",
)
@click.option(
    "--since", "since_ms", metavar="WHEN", callback=instant_ms, help="Instead of a shift: from here; 2h: ago."
)
@click.option("--until", "until_ms", metavar="WHEN", callback=instant_ms, help="With --since: up to here; else now.")
@click.option(
    "--out",
    metavar="REPORT.html",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Where to write it; default: the folder {FOLDER} in the station's data.",
)
@click.option(
    "--language", type=click.Choice(get_args(Language)), help="Of the report; default: that of [dashboard], else en."
)
@click.option(
    "--pictures",
    metavar="N",
    type=click.IntRange(0, 60),
    default=PICTURES,
    show_default=True,
    help="How many KO parts are shown.",
)
@click.option("--if-any", is_flag=True, help="Write nothing where no item was decided.")
@progress_option
def command(  # noqa: PLR0913 - one argument for each option
    station_path: Path,
    *,
    shift: str | None,
    since_ms: int | None,
    until_ms: int | None,
    out: Path | None,
    language: Language | None,
    pictures: int,
    if_any: bool,
    progress: str,
) -> None:
    """Write what a shift of STATION was like as one HTML file that needs no other and prints well; print its path.

    It reads the record beside a station at work, or without it. Shifts are this machine's local time.
    """
    station = load(station_path)
    settings = station.dashboard or DashboardSettings()
    zone = local_zone()
    span = _span(shift, since_ms, until_ms, settings, zone)
    if out is None:
        out = station.data / FOLDER / file_name(span)
        out.parent.mkdir(parents=True, exist_ok=True)
    check_place(out)
    words = Wording(Texts(language or settings.language), zone)
    lines = ProgressLines() if progress == "json" else None
    try:
        if if_any and not anything_in(station.data, span):
            return
        with telling(lines) as told:
            text = report(station, span, words, pictures, told)
    except sqlite3.Error as error:
        message = f"the record in {station.data} cannot be read: {error}"
        raise click.ClickException(message) from error
    write(out, text)
    if out.parent == station.data / FOLDER:
        prune(station.data)
    if lines is not None:
        lines.result({"report": str(out)})
    click.echo(out)


def _span(
    shift: str | None, since_ms: int | None, until_ms: int | None, settings: DashboardSettings, zone: tzinfo
) -> Span:
    now = datetime.now(UTC)
    try:
        if since_ms is None and until_ms is None:
            return span_of_shift(shift or "last", now, settings.shifts, zone)
        if shift is not None:
            raise click.UsageError("give either --shift, or --since and --until")
        return span_between(since_ms, until_ms, now)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
