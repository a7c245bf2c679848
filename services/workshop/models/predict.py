"""`okko predict`: what a model says of one picture."""

import asyncio
from pathlib import Path

import click
import msgspec

from okko.errors import ImageError
from okko.model_files import has_litert


@click.command(
    short_help="What a model says of one picture.",
    epilog="""\b
Examples:
  okko predict models/duck-quality duck.jpg
  okko predict models/duck-quality duck.jpg | jq -r .label
  okko predict --station stations/ducks duck.jpg
  okko predict --station stations/ducks --model duck-quality duck.jpg
""",
)
@click.argument("named", metavar="[BUNDLE] IMAGE", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--station", metavar="STATION", type=click.Path(path_type=Path), help="Ask a model of this running station."
)
@click.option("--model", metavar="NAME", help="With --station: which model, where it has several.")
@click.option("--camera", metavar="NAME", help="With --station: the model of this camera.")
def predict(named: tuple[Path, ...], station: Path | None, model: str | None, camera: str | None) -> None:
    """What a model says of the picture IMAGE, as one JSON object: what stands in its predictions.

    The model is that of the folder BUNDLE, run here by the very code of the inference agent; or with --station one
    that a running station has loaded, which looks at it when no part waits. A picture that can't be decoded is
    answered with its error; exit 1.
    """
    *bundle, image = named
    if len(bundle) != (0 if station else 1):
        message = "with --station give IMAGE alone" if station else "give BUNDLE and IMAGE, or --station and IMAGE"
        raise click.UsageError(message)
    if station is None and (model or camera):
        message = "--model and --camera go with --station"
        raise click.UsageError(message)
    if not image.is_file():
        message = f"there is no file {str(image)!r}"
        raise click.BadParameter(message, param_hint="IMAGE")
    if station is None:
        _here(bundle[0], image)
    else:
        _there(station, image, model, camera)


def _here(bundle: Path, image: Path) -> None:
    need_litert()
    from inference_agent.answers import fields
    from workshop.models.looking import Looker

    looked = Looker(bundle).look(image)
    click.echo(msgspec.json.encode(fields(looked.prediction)).decode())
    if looked.prediction.error is not None:
        message = f"{image}: {looked.prediction.error.text}"
        raise click.ClickException(message)


def _there(path: Path, image: Path, model: str | None, camera: str | None) -> None:
    from inference_agent.guests import MAX_IMAGE_BYTES
    from okko.station import load
    from workshop.models import pictures
    from workshop.models.ask_station import ANSWER_S, agent_for, ask

    station = load(path)
    agent = agent_for(station, model, camera)
    try:
        data = pictures.encoded(pictures.read(image))
    except ImageError as error:
        message = f"{image}: {error}"
        raise click.ClickException(message) from error
    if len(data) > MAX_IMAGE_BYTES:
        message = (
            f"{image}: {len(data):,} bytes, a station takes at most {MAX_IMAGE_BYTES >> 20} MiB; "
            "make it smaller, or try it here: okko predict BUNDLE IMAGE"
        )
        raise click.BadParameter(message, param_hint="IMAGE")
    reply = asyncio.run(ask(station, agent, data, model, camera))
    if reply is None:
        message = f"{agent} has not answered within {ANSWER_S:g} s: does the station run? `okko watch` shows it"
        raise click.ClickException(message)
    if reply.result:
        click.echo(msgspec.json.encode(reply.result).decode())
    if not reply.ok:
        raise click.ClickException(reply.error or "it did not say why")


def need_litert() -> None:
    """Models can be run here.

    Raises:
        ClickException: if LiteRT is not installed.
    """
    if not has_litert():
        message = "LiteRT is not installed here: install okko[inference]"
        raise click.ClickException(message)
