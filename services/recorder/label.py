"""`okko label`: what a person says of an item, or of many."""

import getpass
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import click

from okko.clock import utc_text
from okko.station import Station
from okko.station_place import data_folder
from recorder.asking import ask, recording_station
from recorder.labelled import Sizes, history, sizes
from recorder.labels import MANY_VERB, MAX_LABELS, VERB, LabelChange
from recorder.reader import open_store


@click.command(
    short_help="Label items: OK, KO or a class.",
    epilog="""\b
Examples:
  okko label stations/ducks 20261123T021957123456-3f9a KO --by shift-2
  okko label stations/ducks 20261123T021957123456-3f9a OK --golden
  okko label stations/ducks 20261123T021957123456-3f9a --undo
  okko label stations/ducks 20261123T021957123456-3f9a --history
  okko items stations/ducks --finding scratch --json | jq -r .item_id | okko label stations/ducks --items - scratch
  okko label stations/ducks --sizes
  okko items stations/ducks --labelled
""",
)
@click.argument("station_path", metavar="STATION", type=click.Path(path_type=Path))
@click.argument("words", metavar="[ITEM] [LABEL]", nargs=-1)
@click.option(
    "--items", "many", metavar="FILE", type=click.File(encoding="utf-8"), help="Ids of items, one a line; -: stdin."
)
@click.option("--by", metavar="NAME", default=getpass.getuser, show_default="who is logged in", help="Who says so.")
@click.option(
    "--golden/--not-golden", default=None, help="Its images stay for ever, whatever room there is; or no longer."
)
@click.option("--remove", is_flag=True, help="Take the label back.")
@click.option("--undo", is_flag=True, help="Make it what it was before the last change; again: before the one before.")
@click.option("--history", "past", is_flag=True, help="Print who said what when.")
@click.option("--sizes", "how_many", is_flag=True, help="Print how many items have which label, and what waits.")
def label(  # noqa: PLR0913 - one argument for each option
    station_path: Path,
    words: tuple[str, ...],
    many: TextIO | None,
    by: str,
    *,
    golden: bool | None,
    remove: bool,
    undo: bool,
    past: bool,
    how_many: bool,
) -> None:
    """Say of an ITEM of STATION what it is: OK, KO or a class. It goes to the recorder, which keeps who said what when.

    A label replaces the one before; an item stays golden until --not-golden or --remove. Its verdict stays as it was.
    """
    asks = past or how_many
    wanted = (not how_many and many is None) + (not (remove or undo or asks))
    if sum((remove, undo, past, how_many)) > 1 or len(words) != wanted or (many is not None and asks):
        message = "Give an ITEM (or --items FILE), and a LABEL or one of --remove, --undo, --history; or --sizes alone."
        raise click.UsageError(message)
    if asks:
        _print_record(station_path, words[0] if past else None)
        return
    loaded = recording_station(station_path)
    said: dict[str, Any] = {"golden": golden, "remove": remove, "undo": undo}
    said["label"] = None if remove or undo else words[-1]
    if many is None:
        _label_one(loaded, {"item_id": words[0], "by": by, **said})
    else:
        _label_many(loaded, [line.strip() for line in many if line.strip()], by, said)


def _label_one(loaded: Station, args: dict[str, Any]) -> None:
    result = ask(loaded, VERB, args)
    before = f" (was {result['was']})" if result["was"] is not None else ""
    now = "has no label" if result["label"] is None else f"is labelled {result['label']}"
    golden_too = ", golden" if result["golden"] else ""
    click.echo(f"{result['item_id']} {now}{golden_too}{before}; {result['images']} images are kept")


def _label_many(loaded: Station, item_ids: Sequence[str], by: str, said: dict[str, Any]) -> None:
    labelled, refused = 0, 0
    for start in range(0, len(item_ids), MAX_LABELS):
        labels = [{"item_id": item_id, **said} for item_id in item_ids[start : start + MAX_LABELS]]
        result = ask(loaded, MANY_VERB, {"by": by, "labels": labels})
        labelled += result["labelled"]
        refused += len(result["refused"])
        for one in result["refused"]:
            click.echo(f"{one['item_id']}: {one['why']}", err=True)
    click.echo(f"{labelled} items are labelled")
    if refused:
        message = f"{refused} items are not labelled; the reason of each stands above"
        raise click.ClickException(message)


def _print_record(station_path: Path, item_id: str | None) -> None:
    folder = data_folder(station_path).resolve()
    try:
        with open_store(folder) as connection:
            if connection is None:
                click.echo(f"Nothing is recorded yet in {folder}", err=True)
            elif item_id is None:
                click.echo(_sizes_text(sizes(connection)))
            else:
                for change in history(connection, item_id):
                    click.echo(_change_text(change))
    except sqlite3.Error as error:
        message = f"the record in {folder} cannot be read: {error}"
        raise click.ClickException(message) from error


def _change_text(change: LabelChange) -> str:
    def told(label: str | None, *, golden: bool) -> str:
        return "no label" if label is None else f"{label}, golden" if golden else label

    before = told(change.was_label, golden=change.was_golden)
    undone = "  undone" if change.undoes is not None else ""
    now = told(change.label, golden=change.golden)
    return f"{utc_text(change.at_ms * 1_000_000)}  {change.by}  {now}  (was {before}){undone}"


def _sizes_text(found: Sizes) -> str:
    lines = [f"{count:8}  {label}" for label, count in found.by_label.items()]
    waiting = f"{found.waiting.items}{' or more' if found.waiting.at_least else ''}"
    return "\n".join(
        [
            *lines,
            f"{found.labelled} items are labelled, {found.golden} of them golden",
            f"{found.annotations} boxes and masks on {found.annotated_frames} frames",
            f"{waiting} borderline items have no label yet",
        ]
    )
