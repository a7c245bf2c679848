"""Detectors that give raw boxes around anchors, without a post-process op: plain SSD, MediaPipe's faces."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import Field

from inference_agent.decoders.decoded import Decoded, Output, OutputSpec
from inference_agent.geometry import Geometry
from okko.settings import Settings, Share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BOX_VALUES = 4
_BOX_NAMES = ("box", "regress", "loc")

Cells = Annotated[int, Field(ge=1, le=1024)]
Scale = Annotated[float, Field(gt=0.0, le=1e6)]
Length = Annotated[float, Field(gt=0.0, le=10.0)]


class Layer(Settings):
    """Anchors in the middle of each cell of a grid over the input, row by row; in each cell one of each size."""

    cells: Annotated[tuple[Cells, Cells], Field(description="columns and rows of the grid")]
    sizes: Annotated[
        tuple[tuple[Length, Length], ...],
        Field(min_length=1, max_length=100, description="width and height of each anchor, in 0..1 of the input"),
    ] = ((1.0, 1.0),)
    repeat: Annotated[int, Field(ge=1, le=100, description="how many times the sizes stand in each cell")] = 1

    @property
    def count(self) -> int:
        """How many anchors it has."""
        return self.cells[0] * self.cells[1] * len(self.sizes) * self.repeat


class _Found(NamedTuple):
    """Which output is which."""

    boxes: int
    scores: int


class Anchors(Settings):
    """Boxes [1, n, 4 or more] and scores [1, n, labels], one for each of the n anchors that `layers` give in order.

    A box is its anchor moved by the first two values and sized by the next two, each divided by its `scale`; what
    follows (key points) is left aside. The sizes of a model's anchors stand in its training code.
    """

    kind: Literal["anchors"] = "anchors"
    layers: Annotated[tuple[Layer, ...], Field(min_length=1, max_length=32, description="where the anchors are")]
    scale: Annotated[
        tuple[Scale, Scale, Scale, Scale],
        Field(description="what x, y, width, height are divided by, in this order whatever `order` says"),
    ] = (10.0, 10.0, 5.0, 5.0)
    order: Annotated[Literal["yxhw", "xywh"], Field(description="how the values of a box stand")] = "yxhw"
    size: Annotated[
        Literal["exp", "linear"], Field(description="whether a box's size is e to its value, or the value itself")
    ] = "exp"
    activation: Annotated[
        Literal["none", "softmax", "sigmoid"], Field(description="what turns the model's outputs into scores 0..1")
    ] = "sigmoid"
    background: Annotated[
        bool, Field(description="the first score of each anchor is of no label, but of nothing at all")
    ] = False
    min_score: Annotated[Share, Field(description="detections below it are not reported")] = 0.3
    iou_threshold: Annotated[
        Share,
        Field(description="of two boxes of one label that overlap more, the better stays (intersection over union)"),
    ] = 0.5
    max_detections: Annotated[int, Field(ge=1, le=1000, description="the best of more are reported")] = 100

    @property
    def task(self) -> str:
        """What a Prediction calls it."""
        return "detection"

    def check(self, outputs: tuple[OutputSpec, ...], labels: tuple[str, ...]) -> str | None:
        """Why these outputs can't be decoded, or None."""
        if not labels:
            return "a detector needs labels"
        shapes = [output.shape for output in outputs]
        found = self._find([output.name for output in outputs], shapes, len(labels))
        if found is None:
            columns = self._columns(len(labels))
            return (
                f"with {len(labels)} labels it gives boxes [1, n, 4 or more] and scores [1, n, {columns}], "
                f"this one gives {', '.join(str(list(shape)) for shape in shapes)}; see `background`"
            )
        count = sum(layer.count for layer in self.layers)
        if count != shapes[found.boxes][1]:
            return f"its layers have {count} anchors, the model gives {shapes[found.boxes][1]} boxes: mend `layers`"
        return None

    def decode(self, outputs: tuple[Output, ...], geometry: Geometry, labels: tuple[str, ...]) -> Decoded:
        """The detections after non-maximum suppression within each class, best first.

        Raises:
            ValueError: if the model gave something that is no number.
        """
        import numpy as np  # every agent reads bundles, only this one has numpy

        from inference_agent import boxes as b

        found = self._find([o.name for o in outputs], [o.values.shape for o in outputs], len(labels))
        anchors = anchors_of(self.layers)
        if found is None or (count := outputs[found.boxes].values.shape[1]) != len(anchors):
            message = "the outputs have changed their shape"
            raise ValueError(message)
        best, classes = self._scores(outputs[found.scores].values.reshape(count, -1))
        if np.isnan(best).any():
            message = "a score is not a number"
            raise ValueError(message)
        # Only what may be reported is worked out: of 896 or of 20,000 anchors it is a handful.
        chosen = np.flatnonzero(best >= self.min_score)
        raw = outputs[found.boxes].values.reshape(count, -1)[chosen, :_BOX_VALUES]
        corners = b.from_centres(self._boxes(raw, anchors[chosen]))
        if not np.isfinite(corners).all():  # before they are clipped to the frame, which hides it
            message = "a box is not a number"
            raise ValueError(message)
        scores, kinds = best[chosen], classes[chosen]
        kept = b.suppress(corners, scores, kinds, self.iou_threshold, self.max_detections)
        in_frame = b.to_frame(corners[kept], geometry)
        return Decoded(self.task, detections=b.detections(in_frame, scores[kept], kinds[kept], labels))

    def _scores(self, values: "NDArray[np.float32]") -> "tuple[NDArray[np.float32], NDArray[np.int64]]":
        """The best score of each anchor, (n,), and its class."""
        import numpy as np

        from inference_agent import activations

        scores = values
        if self.activation == "softmax":
            scores = activations.softmax(values)
        elif self.activation == "sigmoid":
            scores = activations.sigmoid(values)
        if self.background:
            scores = scores[:, 1:]
        classes = scores.argmax(axis=1)
        return np.take_along_axis(scores, classes[:, None], axis=1)[:, 0], classes

    def _boxes(self, raw: "NDArray[np.float32]", anchors: "NDArray[np.float32]") -> "NDArray[np.float32]":
        """raw, anchors: (k, 4); the result is centre x, centre y, width, height in 0..1 of the input."""
        import numpy as np

        if self.order == "yxhw":
            raw = raw[:, [1, 0, 3, 2]]
        values = raw / np.array(self.scale, np.float32)
        centres = values[:, :2] * anchors[:, 2:] + anchors[:, :2]
        with np.errstate(over="ignore"):  # an infinite box is refused
            sizes = np.exp(values[:, 2:]) if self.size == "exp" else values[:, 2:]
        return np.concatenate((centres, sizes * anchors[:, 2:]), axis=1)

    def _columns(self, labels: int) -> int:
        return labels + self.background

    def _find(self, names: Sequence[str], shapes: Sequence[tuple[int, ...]], labels: int) -> _Found | None:
        """Which output is which: by shape; where both would do, by name; else the boxes come first."""
        if len(shapes) != 2 or any(len(shape) not in (2, 3, 4) or shape[0] != 1 for shape in shapes):  # noqa: PLR2004 - the two
            return None
        counts = [_per_anchor(shape) for shape in shapes]
        if shapes[0][1] != shapes[1][1]:
            return None
        wanted = self._columns(labels)
        fitting = [
            found
            for found in (_Found(0, 1), _Found(1, 0))
            if counts[found.boxes] >= _BOX_VALUES and counts[found.scores] == wanted
        ]
        named = [found for found in fitting if any(part in names[found.boxes].lower() for part in _BOX_NAMES)]
        return next(iter(named + fitting), None)


def _per_anchor(shape: tuple[int, ...]) -> int:
    count = 1
    for length in shape[2:]:
        count *= length
    return count


@lru_cache(maxsize=64)
def anchors_of(layers: tuple[Layer, ...]) -> "NDArray[np.float32]":
    """(n, 4) float32: centre x, centre y, width, height in 0..1 of the input, layer by layer, row by row."""
    import numpy as np

    parts = []
    for layer in layers:
        columns, rows = layer.cells
        sizes = np.tile(np.array(layer.sizes, np.float32), (layer.repeat, 1))
        y, x = np.meshgrid((np.arange(rows) + 0.5) / rows, (np.arange(columns) + 0.5) / columns, indexing="ij")
        centres = np.repeat(np.stack((x.ravel(), y.ravel()), axis=1).astype(np.float32), len(sizes), axis=0)
        parts.append(np.concatenate((centres, np.tile(sizes, (rows * columns, 1))), axis=1))
    return np.concatenate(parts)
