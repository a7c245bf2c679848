"""`okko model inspect`: what a model file holds, what it looks like, and a bundle to begin with."""

from pathlib import Path

import click
import msgspec

from okko.errors import ModelError, OkkoError
from workshop.models.new_bundle import Draft
from workshop.models.predict import need_litert


@click.command(
    short_help="What a model file holds, and a model.toml to begin with.",
    epilog="""\b
Examples:
  okko model inspect model.tflite
  okko model inspect model.tflite --write models/caps
  okko model inspect model.tflite --json | jq .looks_like
""",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.option(
    "--write",
    "folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Begin a bundle there: the file copied, and the model.toml.",
)
@click.option("--force", is_flag=True, help="With --write: over the bundle that is there.")
def inspect(file: Path, *, as_json: bool, folder: Path | None, force: bool) -> None:
    """What the .tflite FILE holds: inputs and outputs, operators, weights, metadata, labels; how fast it is here.

    And what it looks like, with the model.toml to begin with: what is guessed in it says so. A file that can't be
    used tells all that can be read of it and why it is refused; exit 1.
    """
    need_litert()
    if not file.is_file():
        hint = f": {file} is a folder, name the .tflite in it" if file.is_dir() else ""
        message = f"there is no file {str(file)!r}{hint}"
        raise click.BadParameter(message, param_hint="FILE")
    from workshop.models.findings import examine
    from workshop.models.inspect_text import text

    found = examine(file)
    click.echo(msgspec.json.encode(found.as_json()).decode() if as_json else text(found))
    if folder is not None:
        if (draft := found.draft) is None:
            looks = f"{found.guess.kind}: {found.guess.why}" if found.guess is not None else ""
            raise ModelError(file.name, f"no bundle was begun: {found.refused or looks}")
        _write(folder, file, draft, force=force)
    if found.refused is not None:
        raise ModelError(file.name, found.refused)


def _write(folder: Path, file: Path, draft: Draft, *, force: bool) -> None:
    from workshop.models import new_bundle
    from workshop.models.looking import Looker

    manifest = new_bundle.write(folder, file, draft, force=force)
    try:
        Looker(folder)
    except OkkoError as error:
        click.echo(f"wrote {manifest}; it does not load as it is: {error}", err=True)
    else:
        click.echo(f"wrote {manifest}; it loads. See what it says: okko model try {folder} IMAGES...", err=True)
