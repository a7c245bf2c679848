"""`okko predict`: what a model says of one picture."""

from pathlib import Path

import click
import msgspec

from inference_agent.answers import fields
from okko.model_files import has_litert


@click.command(
    short_help="What a model says of one picture.",
    epilog="""\b
Examples:
  okko predict models/duck-quality duck.jpg
  okko predict models/duck-quality duck.jpg | jq -r .label
""",
)
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("image", type=click.Path(path_type=Path))
def predict(bundle: Path, image: Path) -> None:
    """What the model in the folder BUNDLE says of the picture IMAGE, as one JSON object: what is in its predictions.

    By the very code of the inference agent. A picture that can't be decoded is answered with its `error`; exit 1.
    """
    need_litert()
    if not image.is_file():
        message = f"there is no file {str(image)!r}"
        raise click.BadParameter(message, param_hint="IMAGE")
    from workshop.models.looking import Looker

    looked = Looker(bundle).look(image)
    click.echo(msgspec.json.encode(fields(looked.prediction)).decode())
    if looked.prediction.error is not None:
        message = f"{image}: {looked.prediction.error.text}"
        raise click.ClickException(message)


def need_litert() -> None:
    """Models can be run here.

    Raises:
        ClickException: if LiteRT is not installed.
    """
    if not has_litert():
        message = "LiteRT is not installed here: install okko[inference]"
        raise click.ClickException(message)
