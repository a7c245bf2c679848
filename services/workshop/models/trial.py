"""`okko model try`: what a bundle says of pictures, as a table, as JSON and drawn into them."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from inference_agent.answers import fields
from okko.contracts import Prediction
from workshop.models.looking import Looked, Looker
from workshop.models.pictures import files
from workshop.models.predict import need_litert
from workshop.models.sheet_folder import SheetFolder
from workshop.models.words import answer

STAGES = ("decode", "preprocess", "invoke", "postprocess")
_PLAIN_COLUMNS = 160


@click.command(
    name="try",
    short_help="What a bundle says of pictures.",
    epilog="""\b
Examples:
  okko model try models/duck-quality ducks/ one-more.png
  okko model try models/duck-quality 'shift-*/**/*.jpg' --out seen
  okko model try models/duck-quality ducks/ --json | jq -r 'select(.label == "KO") | .picture'
""",
)
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("images", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line for each picture.")
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Draw boxes, masks and heat maps into copies of the pictures, and all of them on an index.html.",
)
@click.option("--force", is_flag=True, help="With --out: also into a folder that is not empty.")
def try_(bundle: Path, images: tuple[str, ...], *, as_json: bool, out: Path | None, force: bool) -> None:
    """What the model in the folder BUNDLE says of IMAGES: files, folders, patterns in quotes.

    By the very code of the inference agent. A picture that can't be read is told and left out; exit 1 at the end.
    """
    need_litert()
    try:
        named = list(files(images))
    except FileNotFoundError as error:
        message = f"{error}: no picture there"
        raise click.BadParameter(message, param_hint="IMAGES") from error
    looker = Looker(bundle)
    folder = None if out is None else SheetFolder(out, force=force)
    seen: list[tuple[Path, Prediction]] = []
    for looked in _all(looker, named):
        seen.append((looked.path, looked.prediction))
        if as_json:
            line = {"picture": str(looked.path), **fields(looked.prediction)}
            click.echo(msgspec.json.encode(line).decode())
        if looked.prediction.error is not None:
            click.echo(f"okko: {looked.path}: {looked.prediction.error.text}", err=True)
        if folder is not None:
            folder.add(looked)
    about = summary(looker, [prediction for _, prediction in seen])
    if not as_json:
        _print_table(seen)
    click.echo(about, err=as_json)
    if folder is not None:
        click.echo(f"drawn in {folder.finish(looker.bundle.name, about)}", err=True)
    if any(prediction.error is not None for _, prediction in seen):
        raise click.exceptions.Exit(1)


def _all(looker: Looker, named: Sequence[Path]) -> Iterable[Looked]:
    with click.progressbar(named, file=sys.stderr, hidden=not sys.stderr.isatty()) as paths:
        for path in paths:
            yield looker.look(path)


def _print_table(seen: Sequence[tuple[Path, Prediction]]) -> None:
    console = Console(width=None if sys.stdout.isatty() else _PLAIN_COLUMNS, highlight=False)
    table = Table(box=None, pad_edge=False)
    table.add_column("picture", overflow="fold")
    table.add_column("says", overflow="fold")
    table.add_column("ms", justify="right")
    for path, prediction in seen:
        ms = sum(prediction.timings_ms.get(stage, 0.0) for stage in STAGES)
        bad = prediction.error is not None
        table.add_row(_plain(path), _plain(answer(prediction)), "" if bad else f"{ms:.1f}", style="red" if bad else "")
    console.print(table)


def _plain(text: object) -> str:
    """As it is: brackets in a name are no markup."""
    return str(text).replace("[", r"\[")


def summary(looker: Looker, seen: Sequence[Prediction]) -> str:
    """Which model it was, how many pictures, and how long each stage took."""
    good = [prediction for prediction in seen if prediction.error is None]
    bad = len(seen) - len(good)
    ref = looker.model.ref
    parts = [f"{ref.name} {ref.version} ({ref.sha256[:12]})", f"{len(seen)} pictures"]
    if bad:
        parts.append(f"{bad} without an answer")
    if good:
        p50 = ", ".join(f"{stage} {_median([p.timings_ms.get(stage, 0.0) for p in good]):.2f}" for stage in STAGES)
        parts.append(f"p50 in ms: {p50}")
    return "; ".join(parts)


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
