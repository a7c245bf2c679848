"""`python -m training.convert`: the command and what it is told."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from okko.errors import OkkoError
from training.convert.flags import channels, labels, size_px
from training.convert.options import Options
from training.convert.run import run


@click.command(context_settings={"max_content_width": 120})
@click.argument("model", required=False)
@click.option("--tflite", type=click.Path(path_type=Path), help="a float .tflite instead of MODEL; needs no PyTorch")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="the bundle's folder")
@click.option("--replace", is_flag=True, help="write over the bundle that is in the folder")
@click.option(
    "--quantize",
    type=click.Choice(["none", "dynamic", "int8"]),
    default="none",
    show_default=True,
    help="dynamic: weights in int8; int8: activations too, their ranges learnt from --images",
)
@click.option("--images", type=click.Path(path_type=Path), help="JPEG and PNG files, as the camera gives them")
@click.option(
    "--calibrate",
    type=click.IntRange(1, 10_000),
    default=200,
    show_default=True,
    help="how many of the images teach int8 its ranges, spread evenly over their names",
)
@click.option("--size", type=size_px, metavar="WxH", help="the input's width and height in pixels, such as 224x224")
@click.option(
    "--layout",
    type=click.Choice(["nchw", "nhwc"]),
    default="nchw",
    show_default=True,
    help="where MODEL has its channels; the bundle's come last, as a picture has them",
)
@click.option(
    "--settings",
    type=click.Path(path_type=Path),
    help="a model.toml that is taken as it is, for detectors and all keys; instead of the options below",
)
@click.option("--name", help="the model's name  [default: the folder's]")
@click.option("--version", help="the model's version  [default: 1]")
@click.option("--labels", type=labels, metavar="A,B,...", help="in the model's order, such as OK,KO")
@click.option("--resize", type=click.Choice(["stretch", "letterbox", "crop"]), help="[default: stretch]")
@click.option("--color", type=click.Choice(["rgb", "bgr", "gray"]), help="[default: rgb]")
@click.option(
    "--mean", type=channels, metavar="N[,N,N]", help="one number, or one a channel: 123.675,116.28,103.53  [default: 0]"
)
@click.option(
    "--std", type=channels, metavar="N[,N,N]", help="a pixel of 0..255 becomes (pixel - mean) / std  [default: 1]"
)
@click.option("--activation", type=click.Choice(["none", "softmax", "sigmoid"]), help="[default: none]")
def command(**given: Any) -> None:
    """Make a bundle of MODEL: a .pt2 of torch.export, or FILE.py:FUNCTION that gives a torch.nn.Module.

    Writes the model, model.toml and CARD.md, and prints how the written model compares with the float one.

    \b
    Examples:
      python -m training.convert net.pt2 --labels OK,KO --std 255 --out models/caps
      python -m training.convert net.py:make --size 96x96 --labels OK,KO --quantize int8 --images ducks --out models/d
      python -m training.convert --tflite float.tflite --settings model.toml --quantize dynamic --out models/bolts
    """
    click.echo(run(Options(**given)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit 0, 1 if it failed, 2 if what was asked for cannot be done as it was asked."""
    try:
        command(arguments, prog_name="python -m training.convert")
    except OkkoError as error:
        click.echo(f"okko: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
