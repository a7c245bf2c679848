"""`okko items`: what is recorded."""

import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import msgspec

from okko.clock import utc_text
from okko.station_place import data_folder
from recorder.filters import filters
from recorder.query import Query
from recorder.reader import LAST, StoredFrame, StoredItem, StoredLabel, facts_since_ms, open_store, stored_items
from recorder.table import Table

_LINES_A_FLUSH = 100


@click.command(
    name="items",
    short_help="What is recorded.",
    epilog="""\b
Examples:
  okko items stations/ducks --verdict KO --limit 20
  okko items stations/ducks --labelled --json | jq -c '[.part_id, .label]'
  okko items stations/ducks --since 2h --camera left --json
  okko items stations/ducks --text mould=17 --finding crack
  okko items stations/ducks --model duck-quality --min-score 0.4 --max-score 0.6 --unlabelled
  okko items stations/ducks --since 2026-11-23T06:00Z --until 2026-11-23T14:00Z
  okko items stations/ducks --verdict KO --json | jq -r '.frames[].path'
""",
)
@click.argument("station_path", metavar="STATION", type=click.Path(path_type=Path))
@filters
@click.option(
    "--limit", metavar="N", type=click.IntRange(min=1), help="The newest N that match; still printed oldest first."
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON object a line: the item, its `frames`, what is `gone`, its `label`.",
)
def items(station_path: Path, *, as_json: bool, **wanted: object) -> None:
    """What is recorded at STATION, a folder with a station.toml or the file: one item a line, oldest first.

    Works while the recorder runs and when it does not. Times are UTC.
    """
    folder = data_folder(station_path).resolve()
    query = msgspec.convert(wanted, Query)
    try:
        with open_store(folder) as connection:
            if connection is None:
                click.echo(f"Nothing is recorded yet in {folder}", err=True)
                return
            if query.needs_facts and (since_ms := facts_since_ms(connection)) is not None:
                click.echo(_not_yet(since_ms), err=True)
            found = stored_items(connection, query)
            _print(_json_lines(found, folder) if as_json else _table_lines(found))
    except sqlite3.Error as error:
        message = f"the record in {folder} cannot be read: {error}"
        raise click.ClickException(message) from error


def _not_yet(since_ms: int) -> str:
    known = "Nothing" if since_ms == LAST[0] else f"Only what was decided from {utc_text(since_ms * 1_000_000)} on"
    return f"{known} is searched: the recorder still has to read older items for it, which it does while it runs"


def _json_lines(found: Iterator[StoredItem], folder: Path) -> Iterator[bytes]:
    for stored in found:
        item = msgspec.json.decode(stored.item)
        item["frames"] = [
            {
                "camera": frame.camera,
                "path": str(folder / frame.path),
                "sha256": frame.sha256,
                "source": frame.source,
                "frame_id": frame.frame_id,
                "size_bytes": frame.size_bytes,
            }
            for frame in stored.frames
        ]
        item["gone"] = _gone(stored.gone)
        item["label"] = _label(stored.label)
        yield msgspec.json.encode(item)


def _gone(frames: Sequence[StoredFrame]) -> dict[str, object] | None:
    """When and why the images went that are not there any more."""
    if not frames:
        return None
    last = max(frames, key=lambda frame: frame.gone_ms or 0)
    return {
        "at": utc_text((last.gone_ms or 0) * 1_000_000),
        "why": last.gone_why,
        "frames": [
            {"camera": frame.camera, "sha256": frame.sha256, "frame_id": frame.frame_id, "size_bytes": frame.size_bytes}
            for frame in frames
        ],
    }


def _label(label: StoredLabel | None) -> dict[str, object] | None:
    if label is None:
        return None
    return {"label": label.label, "golden": label.golden, "by": label.by, "at": utc_text(label.at_ms * 1_000_000)}


def _table_lines(found: Iterator[StoredItem]) -> Iterator[bytes]:
    table = Table()
    for number, stored in enumerate(found):
        if number == 0:
            yield table.head().encode()
        yield table.line(stored).encode()


def _print(lines: Iterator[bytes]) -> None:
    out = sys.stdout.buffer
    try:
        for number, line in enumerate(lines, start=1):
            out.write(line + b"\n")
            if number % _LINES_A_FLUSH == 0:
                out.flush()
        out.flush()
    except BrokenPipeError:
        # The reader (`head`) has all it wants. What is still buffered must not fail at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
