"""Detectors that end in LiteRT's detection post-process op: boxes, classes, scores and how many of them count."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, field_validator

from inference_agent.decoders.decoded import Decoded, Output, OutputSpec
from inference_agent.geometry import Geometry
from okko.settings import Settings, Share

Part = Literal["boxes", "classes", "scores", "count"]
PARTS: tuple[Part, ...] = ("boxes", "classes", "scores", "count")


class Ssd(Settings):
    """Boxes [1, n, 4] as y0 x0 y1 x1 in 0..1 of the input, classes [1, n], scores [1, n], count [1].

    `outputs` says in which order the model gives them where neither shapes nor names tell. `label_offset` is added to
    the model's class: 1 where the label file begins with a background line that the model does not count.
    """

    kind: Literal["ssd"] = "ssd"
    min_score: Annotated[Share, Field(description="detections below it are not reported")] = 0.3
    max_detections: Annotated[int, Field(ge=1, le=1000, description="the best of more are reported")] = 100
    label_offset: Annotated[
        int, Field(ge=-1, le=1, description="added to the model's class to find its label; 1 skips a background line")
    ] = 0
    outputs: Annotated[
        tuple[Part, ...] | None, Field(description="the order of the outputs, where shapes and names do not tell it")
    ] = None

    @field_validator("outputs")
    @classmethod
    def _each_part_once(cls, outputs: tuple[Part, ...] | None) -> tuple[Part, ...] | None:
        if outputs is not None and sorted(outputs) != sorted(PARTS):
            message = f"must name each of {', '.join(PARTS)} once"
            raise ValueError(message)
        return outputs

    @property
    def task(self) -> str:
        """What a Prediction calls it."""
        return "detection"

    def check(self, outputs: tuple[OutputSpec, ...], labels: tuple[str, ...]) -> str | None:
        """Why these outputs can't be decoded, or None."""
        if not labels:
            return "a detector needs labels"
        if self._find([(output.name, output.shape) for output in outputs]) is None:
            shapes = ", ".join(str(list(output.shape)) for output in outputs)
            return (
                "an SSD model gives boxes [1, n, 4], classes [1, n], scores [1, n] and count [1], "
                f"this one gives {shapes}; a model without the post-process op needs another decoder"
            )
        return None

    def decode(self, outputs: tuple[Output, ...], geometry: Geometry, labels: tuple[str, ...]) -> Decoded:
        """The detections, best first.

        Raises:
            ValueError: if the model gave something that is no number, or a class without a label.
        """
        import numpy as np  # every agent reads bundles, only this one has numpy

        from inference_agent import boxes as b

        found = self._find([(output.name, output.values.shape) for output in outputs])
        if found is None:
            message = "the outputs have changed their shape"
            raise ValueError(message)
        by_part = {part: outputs[index].values for part, index in found.items()}
        all_boxes, all_scores = by_part["boxes"].reshape(-1, 4), by_part["scores"].ravel()
        count = by_part["count"].ravel()[0]
        if not np.isfinite(count) or np.isnan(all_scores[: int(count)]).any():
            message = "a score or the count is not a number"
            raise ValueError(message)
        scores = all_scores[: max(0, int(count))]
        order = b.best_first(scores, self.max_detections)
        order = order[scores[order] >= self.min_score]
        classes = np.rint(by_part["classes"].ravel()[order]).astype(np.int64) + self.label_offset
        corners = all_boxes[order][:, [1, 0, 3, 2]]
        return Decoded(
            self.task, detections=b.detections(b.to_frame(corners, geometry), scores[order], classes, labels)
        )

    def _find(self, outputs: Sequence[tuple[str, tuple[int, ...]]]) -> dict[Part, int] | None:
        """Which output is which: as the settings say, else by shape, and classes from scores by name, else by order."""
        if len(outputs) != len(PARTS):
            return None
        if self.outputs is not None:
            return {part: index for index, part in enumerate(self.outputs)}
        boxes = [i for i, (_, shape) in enumerate(outputs) if len(shape) == 3 and shape[-1] == 4]  # noqa: PLR2004 - [1, n, 4]
        count = [i for i, (_, shape) in enumerate(outputs) if shape in {(), (1,), (1, 1)}]
        rows = [i for i, (_, shape) in enumerate(outputs) if i not in {*boxes, *count} and len(shape) == 2]  # noqa: PLR2004 - [1, n]
        if (len(boxes), len(count), len(rows)) != (1, 1, 2):
            return None
        classes, scores = _classes_first(rows, [outputs[i][0].lower() for i in rows])
        return {"boxes": boxes[0], "classes": classes, "scores": scores, "count": count[0]}


def _classes_first(rows: list[int], names: list[str]) -> tuple[int, int]:
    first, second = rows
    # What TensorFlow 2 exports calls them only by number, scores first: `StatefulPartitionedCall:1`, classes are `:2`.
    tf2 = ["statefulpartitionedcall" in name for name in names]
    if all(tf2):
        return (first, second) if names[0].endswith(":2") else (second, first)
    if "score" in names[0] or "class" in names[1]:
        return second, first
    return first, second
