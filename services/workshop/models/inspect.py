"""`okko model inspect`: what a model file holds, and whether it can be used here."""

from dataclasses import asdict
from pathlib import Path

import click
import msgspec

from inference_agent import labels as label_files
from okko.errors import ModelError
from workshop.models import model_file
from workshop.models.inspect_text import text
from workshop.models.predict import need_litert


@click.command(
    short_help="What a model file holds.",
    epilog="""\b
Examples:
  okko model inspect model.tflite
  okko model inspect model.tflite --json | jq .ops
""",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
def inspect(file: Path, *, as_json: bool) -> None:
    """What the .tflite FILE holds: inputs and outputs, operators, weights, metadata, labels.

    A file that can't be used tells all that can be read of it, and why LiteRT refuses it; exit 1.
    """
    need_litert()
    if not file.is_file():
        message = f"there is no file {str(file)!r}"
        raise click.BadParameter(message, param_hint="FILE")
    content = model_file.read_bytes(file)
    found = model_file.read(content)
    labels = label_files.from_model(file)
    if as_json:
        facts = {"file": str(file), **asdict(found), "labels": labels}
        click.echo(msgspec.json.encode(facts).decode())
    else:
        click.echo(text(file, found, labels))
    if found.damage is not None:
        raise ModelError(file.name, found.damage)
