"""What the methods look at: a backbone's outputs, pooled over the picture or patch by patch. Pure.

A backbone gives an embedding [1, d] and one map or several [1, h, w, c], in any order. Its coarsest map sets the grid
of patches; finer ones are averaged down to it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inference_agent.decoders.decoded import Output, OutputSpec

Vector = NDArray[np.float32]
Patches = NDArray[np.float32]

_EMBEDDING_RANK, _MAP_RANK = 2, 4


class Sizes(NamedTuple):
    """How many numbers of each kind are pooled; the grid of patches: rows, columns, channels, 0 where there is none."""

    blocks: tuple[int, ...]
    grid: tuple[int, int, int]

    @property
    def pooled(self) -> int:
        """How long the pooled vector is."""
        return sum(self.blocks)


def sizes_of(outputs: Sequence[OutputSpec]) -> Sizes:
    """What `pooled_of` and `patches_of` give of these outputs.

    Raises:
        ValueError: if they are no backbone's.
    """
    shapes = [output.shape for output in outputs]
    embeddings, maps = _told_apart(shapes)
    if len(embeddings) > 1 or len(embeddings) + len(maps) < len(shapes) or not shapes:
        message = "a backbone gives an embedding [1, d], maps [1, h, w, c] or both, this model gives " + ", ".join(
            str(list(shape)) for shape in shapes
        )
        raise ValueError(message)
    if not maps:
        return Sizes((shapes[embeddings[0]][1],), (0, 0, 0))
    _, high, wide, channels = shapes[maps[-1]]
    for index in maps:
        if shapes[index][1] % high or shapes[index][2] % wide:
            message = f"a map of {list(shapes[index])} does not divide into the grid of the coarsest, {high} x {wide}"
            raise ValueError(message)
    embedded = tuple(shapes[index][1] for index in embeddings)
    return Sizes((*embedded, channels, channels), (high, wide, sum(shapes[index][3] for index in maps)))


def pooled_of(outputs: Sequence[Output]) -> Vector:
    """The picture as one vector, (d,): roots of the embedding, then mean and spread of the coarsest map's channels.

    Roots tame the few features that answer hundredfold; mean and spread add what the embedding, made to tell a thousand
    things apart, has no eye for. Measured on five sets of parts: docs/explanation/teaching.md.
    """
    embeddings, maps = _told_apart([output.values.shape for output in outputs])
    parts: list[Vector] = []
    for index in embeddings:
        values = outputs[index].values[0]
        parts.append(np.sign(values) * np.sqrt(np.abs(values)))
    if maps:
        coarsest = outputs[maps[-1]].values[0]
        rows = coarsest.reshape(-1, coarsest.shape[-1])
        parts += [rows.mean(axis=0), rows.std(axis=0)]
    return np.concatenate(parts, dtype=np.float32)


def patches_of(outputs: Sequence[Output]) -> Patches:
    """The picture patch by patch, (h, w, c): all maps on the grid of the coarsest, each patch with its neighbours.

    The mean over 3 x 3 patches makes a shift by a few pixels matter less (as PatchCore does, arXiv 2106.08265).
    """
    _, maps = _told_apart([output.values.shape for output in outputs])
    high, wide = outputs[maps[-1]].values.shape[1:3]
    layers = [_averaged(outputs[index].values[0], high, wide) for index in maps]
    return around(np.concatenate(layers, axis=-1))


def around(grid: Patches) -> Patches:
    """Each place of (h, w, ...) averaged with its eight neighbours; the outermost stand for what is beyond the edge."""
    for axis in (0, 1):
        size = grid.shape[axis]
        before, after = np.maximum(np.arange(size) - 1, 0), np.minimum(np.arange(size) + 1, size - 1)
        grid = (np.take(grid, before, axis) + grid + np.take(grid, after, axis)) / np.float32(3)
    return grid


def _averaged(layer: Patches, high: int, wide: int) -> Patches:
    rows, columns, channels = layer.shape
    if (rows, columns) == (high, wide):
        return layer
    cells = layer.reshape(high, rows // high, wide, columns // wide, channels)
    mean: Patches = cells.mean(axis=(1, 3), dtype=np.float32)
    return mean


def _told_apart(shapes: Sequence[tuple[int, ...]]) -> tuple[list[int], list[int]]:
    """Which outputs are embeddings, and which are maps, the coarsest last."""
    embeddings = [i for i, shape in enumerate(shapes) if len(shape) == _EMBEDDING_RANK and shape[0] == 1]
    maps = [i for i, shape in enumerate(shapes) if len(shape) == _MAP_RANK and shape[0] == 1 and shape[1] > 1]
    return embeddings, sorted(maps, key=lambda i: (-shapes[i][1] * shapes[i][2], i))
