"""Pictures that teach int8 all that its input can hold. Pure."""

from typing import Any

from numpy.typing import NDArray

from inference_agent.bundle import Input
from inference_agent.preprocess import table
from inference_agent.tensor import TensorSpec


def with_whole_range(values: NDArray[Any], settings: Input, tensor: TensorSpec) -> NDArray[Any]:
    """The input with the darkest and the brightest pixel that there can be in its first corner.

    So int8's step at the input is that of a pixel, and a picture brighter than all that calibrated is not cut off.
    """
    entries = table(settings, tensor)
    marked = values.copy()
    pixels = marked[0].transpose(1, 2, 0) if tensor.channels_first else marked[0]
    pixels[0, 0], pixels[0, 1] = entries.min(axis=0), entries.max(axis=0)
    return marked
