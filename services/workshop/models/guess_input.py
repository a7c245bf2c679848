"""How pictures go into a model: from its input tensor, its metadata and its first operators, or as a guess."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from workshop.models.model_file import ModelFile, Tensor
from workshop.models.running import FREE_SIDE_PX
from workshop.models.tflite_metadata import Metadata

_SCALING = frozenset({"MUL", "SUB", "ADD", "DIV"})
_USUAL = ((0.0, 1.0), (0.0, 255.0), (127.5, 127.5), (128.0, 128.0))
"""Mean and std as they are usually trained with: pixels as they are, 0..1, -1..1."""

_NEAR = 0.15
"""A calibrated range leaves out what its pictures did not have: up to so much of the whole."""


@dataclass(frozen=True)
class Shown:
    """The input, and the `[input]` to begin with. `is_guess`: nothing says how the values were scaled."""

    width_px: int
    height_px: int
    channels: int
    channels_first: bool
    settings: dict[str, Any]
    notes: tuple[str, ...]
    is_guess: bool = False


def guess_input(file: ModelFile, metadata: Metadata) -> Shown:
    """What can be told of a model that takes one picture."""
    tensor = file.inputs[0]
    shape = tensor.shape
    first = shape[3] not in {1, 3}
    height, width = shape[2:] if first else shape[1:3]
    channels = shape[1] if first else shape[3]
    settings: dict[str, Any] = {"resize": "stretch", "color": "gray" if channels == 1 else "rgb"}
    notes = []
    if width < 0 or height < 0:
        width, height = (FREE_SIDE_PX if side < 0 else side for side in (width, height))
        settings["size_px"] = [width, height]
        notes.append(f"size_px = [{width}, {height}]: its input has no fixed size, choose the one it was trained with")
    mean, std, why, guessed = _scaling(file, tensor, metadata)
    notes.append(f"mean = {_number(mean)}, std = {_number(std)}: {why}")
    return Shown(width, height, channels, first, {**settings, "mean": mean, "std": std}, tuple(notes), guessed)


def _scaling(file: ModelFile, tensor: Tensor, metadata: Metadata) -> tuple[Any, Any, str, bool]:
    if tensor.scale is not None and tensor.type != "int16":
        mean, std = _from_range(tensor)
        return mean, std, "from the range that the quantised input holds", False
    if metadata.mean and len(metadata.mean) == len(metadata.std):
        return _plain(metadata.mean), _plain(metadata.std), "from the metadata in the file", False
    if tensor.scale is None and tensor.type in {"uint8", "int8"}:
        return 0.0, 1.0, "its input takes whole numbers without a scale", False
    if file.first_ops and file.first_ops[0] in _SCALING:
        return 0.0, 1.0, f"the model begins with {file.first_ops[0]}, so it scales pixels itself", False
    return 0.0, 255.0, "a guess, nothing in the file tells; ask whoever trained it", True


def bytes_as_they_are(tensor: Tensor) -> tuple[float, float] | None:
    """Mean and std that put each pixel's byte itself into a quantised input; None for one that is not quantised so.

    An input of int8 gets it shifted by 128, as every program that fills one from a picture does it.
    """
    if tensor.scale is None or tensor.type not in {"uint8", "int8"}:
        return None
    shift = 128 if tensor.type == "int8" else 0
    return float((tensor.zero_point or 0) + shift), round(1 / tensor.scale, 6)


def _from_range(tensor: Tensor) -> tuple[float, float]:
    """Mean and std so that 0..255 fills what the tensor can hold; the usual ones where they come near."""
    limits = np.iinfo(tensor.type)
    scale, zero_point = tensor.scale or 1.0, tensor.zero_point or 0
    low, high = (limits.min - zero_point) * scale, (limits.max - zero_point) * scale
    whole = high - low

    def off(usual: tuple[float, float]) -> float:
        mean, std = usual
        return max(abs((0 - mean) / std - low), abs((255 - mean) / std - high)) / whole

    best = min(_USUAL, key=off)
    if off(best) <= _NEAR:
        return best
    std = 255 / whole
    return round(-low * std, 3), round(std, 3)


def _plain(values: tuple[float, ...]) -> float | list[float]:
    return values[0] if len(set(values)) == 1 else list(values)


def _number(value: Any) -> str:
    return str(value)
