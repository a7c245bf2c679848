"""YOLO detectors without a post-process op: v8 to v11 [1, 4 + C, N] and v5 [1, N, 5 + C], either way round."""

from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import Field

from inference_agent.decoders.decoded import Decoded, Output, OutputSpec
from inference_agent.geometry import Geometry
from okko.settings import Settings, Share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BOX_VALUES = 4


class _Layout(NamedTuple):
    """`by_candidate`: [1, N, values] rather than [1, values, N]; `objectness`: a fifth value scales all scores (v5)."""

    by_candidate: bool
    objectness: bool


class Yolo(Settings):
    """Centre x, centre y, width, height, in v5 an objectness, and a score for each label.

    The layout is found from the shape and the number of labels. `box_unit` says whether boxes are in 0..1 of the
    model's input or in its pixels.
    """

    kind: Literal["yolo"] = "yolo"
    box_unit: Annotated[
        Literal["relative", "pixel"], Field(description="boxes come in 0..1 of the input, or in its pixels")
    ] = "relative"
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
        if len(outputs) != 1 or _layout(outputs[0].shape, len(labels)) is None:
            shapes = ", ".join(str(list(output.shape)) for output in outputs)
            count = len(labels)
            return (
                f"with {count} labels a YOLO model gives [1, {count + 4}, N] or [1, N, {count + 5}], "
                f"this one gives {shapes}"
            )
        return None

    def decode(self, outputs: tuple[Output, ...], geometry: Geometry, labels: tuple[str, ...]) -> Decoded:
        """The detections after non-maximum suppression within each class, best first.

        Raises:
            ValueError: if the model gave something that is no number.
        """
        import numpy as np  # every agent reads bundles, only this one has numpy

        from inference_agent import boxes as b

        raw_boxes, best, classes = _candidates(outputs[0].values, len(labels))
        if np.isnan(best).any():
            message = "a score is not a number"
            raise ValueError(message)
        chosen = np.flatnonzero(best >= self.min_score)
        corners = b.from_centres(raw_boxes[:, chosen].T)
        if self.box_unit == "pixel":
            corners /= np.array([geometry.width_px, geometry.height_px] * 2, np.float32)
        scores, kinds = best[chosen], classes[chosen]
        kept = b.suppress(corners, scores, kinds, self.iou_threshold, self.max_detections)
        in_frame = b.to_frame(corners[kept], geometry)
        return Decoded(self.task, detections=b.detections(in_frame, scores[kept], kinds[kept], labels))


def _layout(shape: tuple[int, ...], count: int) -> _Layout | None:
    if len(shape) != 3 or shape[0] != 1:  # noqa: PLR2004 - [1, a, b]
        return None
    _, rows, columns = shape
    # In this order: where N happens to be 4 + C or 5 + C too, the layout that the exporters write wins.
    if rows == _BOX_VALUES + count:
        return _Layout(by_candidate=False, objectness=False)
    if columns == _BOX_VALUES + 1 + count:
        return _Layout(by_candidate=True, objectness=True)
    if columns == _BOX_VALUES + count:
        return _Layout(by_candidate=True, objectness=False)
    if rows == _BOX_VALUES + 1 + count:
        return _Layout(by_candidate=False, objectness=True)
    return None


def _candidates(
    values: "NDArray[np.float32]", count: int
) -> "tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]":
    """boxes: (4, n) as the model gives them; the best score of each candidate: (n,); its class: (n,)."""
    layout = _layout(values.shape, count)
    if layout is None:
        message = "the output has changed its shape"
        raise ValueError(message)
    table = values[0].T if layout.by_candidate else values[0]
    scores = table[-count:]
    classes = scores.argmax(axis=0)
    best = scores.max(axis=0)
    if layout.objectness:
        best = best * table[_BOX_VALUES]
    return table[:_BOX_VALUES], best, classes
