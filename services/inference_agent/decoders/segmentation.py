"""A label for each place of the picture: how much of the frame each takes, and where."""

from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import Field

from inference_agent.decoders.decoded import Decoded, Output, OutputSpec, score_of
from inference_agent.geometry import Geometry, Roi
from okko.contracts import Detection
from okko.settings import Settings, Share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MAX_LABELS = 256
_MASK_LABELS = (1, 2)
_RANKS = (3, 4)
_AT_A_TIME = 65536


class _Layout(NamedTuple):
    """Where the values of the classes stand, or the only channel, once the batch is gone; neither in [1, h, w]."""

    classes_at: int | None = None
    channel_at: int | None = None


class Segmentation(Settings):
    """The output has a value for each label at each place, [1, h, w, c] or [1, c, h, w], and the greatest wins.

    Or it has one channel. With one label or two this is a mask: the value says how surely a place is of the (second)
    label. With more labels it is a map of class numbers. `areas` are shares of the full frame by label; each label that
    occurs has one box around all of its places, whose score is the mean of its values there (1 of class numbers).
    """

    kind: Literal["segmentation"] = "segmentation"
    activation: Annotated[
        Literal["none", "softmax", "sigmoid"],
        Field(description="what turns the model's outputs into scores 0..1; softmax of logits"),
    ] = "none"
    threshold: Annotated[Share, Field(description="of a mask: from this score on a place is of the label")] = 0.5
    background: Annotated[
        str | None, Field(description="the label of what lies between the things: it has an area and no box")
    ] = None
    map: Annotated[
        bool, Field(description="send a small map of the labels with each prediction, to lay over the frame")
    ] = True

    @property
    def task(self) -> str:
        """What a Prediction calls it."""
        return "segmentation"

    def check(self, outputs: tuple[OutputSpec, ...], labels: tuple[str, ...]) -> str | None:
        """Why these outputs can't be decoded, or None."""
        if not 1 <= len(labels) <= _MAX_LABELS:
            return f"a segmentation needs 1 to {_MAX_LABELS} labels, there are {len(labels)}"
        if len(set(labels)) != len(labels):
            return "labels of a segmentation must differ, each names one area"
        if self.background is not None and self.background not in labels:
            return f"background {self.background!r} is none of the labels"
        if len(outputs) != 1 or (layout := _layout(outputs[0].shape, len(labels))) is None:
            count, shapes = len(labels), ", ".join(str(list(output.shape)) for output in outputs)
            return (
                f"with {count} labels a segmentation gives [1, h, w, {count}], [1, {count}, h, w] or one channel, "
                f"this one gives {shapes}"
            )
        if layout.classes_at is None and self.activation == "softmax":
            return "a single channel has no softmax: activation is none or sigmoid"
        return None

    def decode(self, outputs: tuple[Output, ...], geometry: Geometry, labels: tuple[str, ...]) -> Decoded:
        """Areas, boxes and the map.

        Raises:
            ValueError: if the model gave something that is no number, or a class without a label.
        """
        import numpy as np  # every agent reads bundles, only this one has numpy

        from inference_agent import maps

        classes, scores = self._places(outputs[0].values, len(labels))
        if np.isnan(scores).any():
            message = "a value of the map is not a number"
            raise ValueError(message)
        names = labels if len(labels) > 1 else ("", *labels)
        classes, scores = maps.shown(classes, geometry), maps.shown(scores, geometry)
        counts = np.bincount(classes.ravel(), minlength=len(names))
        sums = np.bincount(classes.ravel(), weights=scores.ravel(), minlength=len(names))
        x0, y0, x1, y1 = geometry.frame_box
        place = (x1 - x0) * (y1 - y0) / classes.size
        present = [index for index in np.flatnonzero(counts).tolist() if names[index]]
        return Decoded(
            self.task,
            areas={names[index]: score_of(counts[index] * place) for index in present},
            detections=tuple(
                sorted(
                    (
                        Detection(
                            label=names[index],
                            score=score_of(sums[index] / counts[index]),
                            box=_box(classes == index, (x0, y0, x1, y1)),
                        )
                        for index in present
                        if names[index] != self.background
                    ),
                    key=lambda detection: -detection.score,
                )
            ),
            map=maps.of_classes(classes, names, geometry) if self.map else None,
        )

    def _places(self, values: "NDArray[np.float32]", count: int) -> "tuple[NDArray[np.uint8], NDArray[np.float32]]":
        """The class of each place, (h, w), and how surely it is of it."""
        import numpy as np

        from inference_agent import activations

        layout = _layout(values.shape, count)
        if layout is None:
            message = "the output has changed its shape"
            raise ValueError(message)
        grid = values[0]
        if layout.classes_at is not None:
            return _winners(grid, layout.classes_at, self.activation)
        if layout.channel_at is not None:
            grid = grid.take(0, layout.channel_at)
        if count not in _MASK_LABELS:
            return _numbers(grid, count), np.ones_like(grid)
        sure = activations.sigmoid(grid) if self.activation == "sigmoid" else grid
        inside = sure >= self.threshold
        # Of a place outside: how surely it is not of the label.
        return inside.astype(np.uint8), np.where(inside, sure, 1 - sure)


def _layout(shape: tuple[int, ...], count: int) -> _Layout | None:
    if len(shape) not in _RANKS or shape[0] != 1 or 0 in shape:
        return None
    if len(shape) == _RANKS[0]:
        return _Layout()
    # In this order: no picture is one pixel wide, and where both the first and the last side fit, the layout that
    # LiteRT's own kernels have wins.
    for axis in (2, 0):
        if shape[1 + axis] == 1:
            return _Layout(channel_at=axis)
    for axis in (2, 0):
        if shape[1 + axis] == count:
            return _Layout(classes_at=axis)
    return None


def _winners(
    grid: "NDArray[np.float32]", axis: int, activation: str
) -> "tuple[NDArray[np.uint8], NDArray[np.float32]]":
    """The class of the greatest value of each place, (h, w), and its score."""
    import numpy as np

    if axis == 0:
        grid = grid.transpose(1, 2, 0)
    height, width, count = grid.shape
    classes, scores = np.empty((height, width), np.uint8), np.empty((height, width), np.float32)
    # Some rows at a time, which stay in the processor's cache: 8 ms of 257 x 257 x 21 instead of 11.
    rows = max(1, _AT_A_TIME // (width * count))
    for top in range(0, height, rows):
        part = slice(top, top + rows)
        classes[part], scores[part] = _winners_of(grid[part], activation)
    return classes, scores


def _winners_of(values: "NDArray[np.float32]", activation: str) -> "tuple[NDArray[np.intp], NDArray[np.float32]]":
    """values: (rows, w, c)."""
    import numpy as np

    from inference_agent import activations

    # numpy's argmax along the last axis is twice as fast as its max: 3 ms of 257 x 257 x 21 instead of 7.
    classes = values.argmax(axis=-1)
    best = np.take_along_axis(values, classes[..., None], axis=-1)
    if activation == "softmax":
        with np.errstate(invalid="ignore"):  # infinities give NaN, which is refused
            powers = values - best
            np.exp(powers, out=powers)
        # A product with ones is the fastest sum along a short last axis.
        return classes, np.float32(1) / (powers @ np.ones(values.shape[-1], np.float32))
    best = best[..., 0]
    return classes, activations.sigmoid(best) if activation == "sigmoid" else best


def _numbers(grid: "NDArray[np.float32]", count: int) -> "NDArray[np.uint8]":
    import numpy as np

    if not np.isfinite(grid).all() or (grid != np.rint(grid)).any():
        message = f"of {count} labels one channel holds class numbers, and this one has other values"
        raise ValueError(message)
    lowest, highest = int(grid.min()), int(grid.max())
    if lowest < 0 or highest >= count:
        message = f"the model found class {lowest if lowest < 0 else highest} and there are {count} labels"
        raise ValueError(message)
    return grid.astype(np.uint8)


def _box(inside: "NDArray[np.bool_]", around: Roi) -> Roi:
    """The box around all places that are `inside`, in the full frame, of which the grid covers `around`."""
    import numpy as np

    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    height, width = inside.shape
    x0, y0, x1, y1 = around
    wide, high = (x1 - x0) / width, (y1 - y0) / height
    return (
        round(x0 + int(columns[0]) * wide, 6),
        round(y0 + int(rows[0]) * high, 6),
        round(x0 + (int(columns[-1]) + 1) * wide, 6),
        round(y0 + (int(rows[-1]) + 1) * high, 6),
    )
