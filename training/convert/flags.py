"""What stands behind an option, read into a value."""

import re

import click

_SIZE = re.compile(r"([1-9]\d{0,3})x([1-9]\d{0,3})")


def size_px(text: str) -> tuple[int, int]:
    """Width and height of `224x224`."""
    if (found := _SIZE.fullmatch(text)) is None:
        raise click.BadParameter(f"{text!r} is no size; write width and height in pixels, such as 224x224")
    return int(found[1]), int(found[2])


def channels(text: str) -> float | tuple[float, float, float]:
    """`127.5`, or one number for each channel in the order of `color`."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    match numbers:
        case [one]:
            return one
        case [first, second, third]:
            return first, second, third
    raise click.BadParameter(f"{text!r} is neither one number nor three with commas between them")


def labels(text: str) -> tuple[str, ...]:
    """`OK,KO`: one for each value that the model gives."""
    found = tuple(part.strip() for part in text.split(","))
    if not all(found):
        raise click.BadParameter(f"{text!r} has an empty label")
    return found
