"""`okko coco`: boxes and masks to tools in which people draw, and back."""

import getpass
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from okko.errors import ConfigError
from okko.station import Station
from recorder.annotations import ANNOTATE_VERB
from recorder.asking import ask, recording_station
from recorder.filters import filters
from recorder.query import Query
from recorder.reader import StoredFrame, open_store
from workshop.coco.document import MAX_BYTES, read
from workshop.coco.export import file_name
from workshop.coco.load import batches
from workshop.coco.record import exported, understood

T = TypeVar("T")

MOST_TOLD = 20


@click.group(short_help="Boxes and masks as COCO files.")
def coco() -> None:
    """Take boxes and masks of a STATION's record to a tool in which people draw, and back, as a COCO FILE.

    \b
    Examples:
      okko coco export stations/ducks draw.json --finding scratch --images draw
      okko coco import stations/ducks draw.json --by anna
    """


@coco.command(
    name="export",
    epilog="""\b
Examples:
  okko coco export stations/ducks draw.json --verdict KO --since 24h --images draw
  okko coco export stations/ducks drawn.json --annotated
""",
)
@click.argument("station_path", metavar="STATION", type=click.Path(path_type=Path))
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@filters
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="The newest N items that match.")
@click.option("--annotated", is_flag=True, help="Only frames on which somebody has drawn.")
@click.option(
    "--images", "folder", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False), help="Copy images there."
)
def export(station_path: Path, file: Path, *, annotated: bool, folder: Path | None, **wanted: object) -> None:
    """Write the frames of recorded items, with what was drawn on them, into a COCO FILE."""
    loaded = recording_station(station_path)
    query = msgspec.convert(wanted, Query)
    document, frames = _of_record(
        loaded, lambda connection: exported(connection, query, loaded.base, only_drawn=annotated)
    )
    file.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1))
    if folder is not None:
        _copy(loaded.data, frames, folder)
    things, classes = len(document.annotations), len(document.categories)
    click.echo(f"{len(frames)} images with {things} annotations of {classes} classes are in {file}")


@coco.command(
    name="import",
    epilog="""\b
Examples:
  okko coco import stations/ducks draw.json --by anna
""",
)
@click.argument("station_path", metavar="STATION", type=click.Path(path_type=Path))
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--by", metavar="NAME", default=getpass.getuser, show_default="who is logged in", help="Who drew them.")
def import_(station_path: Path, file: Path, by: str) -> None:
    """Take the boxes and masks of a COCO FILE into the record: on each frame they replace what was drawn before.

    An image is that of the frame whose id its name is, else of the same hash (`sha256`), else of the file of this name.
    """
    loaded = recording_station(station_path)
    if not file.is_file():
        raise ConfigError.one(file, "", "there is no such file", "Give a COCO file")
    if file.stat().st_size > MAX_BYTES:
        raise ConfigError.one(file, "", f"is larger than {MAX_BYTES >> 20} MiB", "Import it in parts")
    document = read(file.read_bytes())
    found = _of_record(loaded, lambda connection: understood(connection, document))
    frames = annotations = 0
    for batch in batches(found.frames):
        args = {"by": by, "frames": msgspec.to_builtins(batch)}
        result = ask(loaded, ANNOTATE_VERB, args)
        frames += result["frames"]
        annotations += result["annotations"]
        found.problems += [f"{frame_id}: the recorder does not know this frame" for frame_id in result["unknown"]]
    click.echo(f"{annotations} annotations on {frames} frames are in the record")
    _tell(found.problems)


def _tell(problems: list[str]) -> None:
    for problem in problems[:MOST_TOLD]:
        click.echo(problem, err=True)
    if problems:
        more = f", the first {MOST_TOLD} stand above" if len(problems) > MOST_TOLD else ""
        message = f"{len(problems)} images or annotations were left out{more}"
        raise click.ClickException(message)


def _of_record(loaded: Station, work: Callable[[sqlite3.Connection], T]) -> T:
    try:
        with open_store(loaded.data) as connection:
            if connection is None:
                message = f"nothing is recorded yet in {loaded.data}"
                raise click.ClickException(message)
            return work(connection)
    except sqlite3.Error as error:
        message = f"the record in {loaded.data} cannot be read: {error}"
        raise click.ClickException(message) from error


def _copy(data: Path, frames: list[StoredFrame], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for frame in frames:
        try:
            shutil.copyfile(data / frame.path, folder / file_name(frame))
        except FileNotFoundError:
            click.echo(f"{file_name(frame)}: the image was removed meanwhile", err=True)
