"""A PyTorch module written as a float `.tflite`."""

import contextlib
import re
import sys
from pathlib import Path
from typing import Any

from okko.errors import ModelError
from workshop.conversion.needs import needs

_NO_LOWERING = re.compile(r"Lowering not found: (\S+)")
_PLACE = re.compile(r'File "([^"]+)", line (\d+)')


def write_float(module: Any, shape: tuple[int, ...], target: Path, *, name: str, channels_last: bool = False) -> None:
    """Write the module, in the state in which it judges, as a model that takes `shape`: (1, height, width, channels).

    `channels_last`: so does the module; else it takes them first. `name` is what errors call it.

    Raises:
        ModelError: if something in it has no counterpart, with what and where.
    """
    with needs("litert_torch", "train"):
        import litert_torch
    import torch

    # Its steps are for people: stdout has what was asked for and nothing else.
    with contextlib.redirect_stdout(sys.stderr):
        module = module if channels_last else litert_torch.to_channel_last_io(module, args=[0])
        try:
            litert_torch.convert(module, (torch.full(shape, 127.0),)).export(str(target))
        except (RuntimeError, ValueError, TypeError, NotImplementedError) as error:
            raise ModelError(name, why_not_converted(str(error))) from error


def why_not_converted(text: str) -> str:
    """What the converter's own words come down to: which op, in which line, and what to do."""
    places = [f"{path}, line {line}" for path, line in _PLACE.findall(text) if "site-packages" not in path]
    where = f" (asked for in {places[-1]})" if places else ""
    if found := _NO_LOWERING.search(text):
        return (
            f"the op {found[1]} cannot be converted{where}. "
            "Write it with others, such as amax for adaptive max pooling, and convert again"
        )
    if "data-dependent" in text:
        return (
            f"what it does depends on the values that it sees{where}, and a .tflite does the same for every picture. "
            "Write it without `if` on tensors, such as with torch.where"
        )
    return f"it cannot be converted{where}: {short(text)}"


def short(error: object) -> str:
    """An error's text in one line, and not more than a few of a terminal."""
    text = " ".join(str(error).split())
    return text if len(text) <= 300 else text[:297] + "..."  # noqa: PLR2004 - one or two lines of a terminal
