"""One label for the whole picture."""

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from inference_agent.decoders.decoded import MAX_SCORES, NOTABLE_SCORE, Decoded, Output, OutputSpec, score_of
from inference_agent.geometry import Geometry
from okko.settings import Settings, Share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Classification(Settings):
    """The output has a value for each label; or one value, the score of the second of two labels.

    With `head` the model is a backbone, and the head, taught from labelled parts, makes probabilities of its features.
    """

    kind: Literal["classification"] = "classification"
    activation: Annotated[
        Literal["none", "softmax", "sigmoid"], Field(description="what turns the model's outputs into scores 0..1")
    ] = "none"
    min_score: Annotated[Share, Field(description="scores below it are not reported")] = 0.0
    head: Annotated[
        str | None,
        Field(description="of a backbone: the .npz with what labelled parts taught, relative to the bundle's folder"),
    ] = None

    @field_validator("head")
    @classmethod
    def _inside(cls, path: str | None) -> str | None:
        if path is not None and (not path or path.startswith("/") or ".." in path.split("/")):
            message = "must name a file inside the bundle's folder"
            raise ValueError(message)
        return path

    @model_validator(mode="after")
    def _probabilities_of_a_head(self) -> Self:
        if self.head is not None and self.activation != "none":
            message = f'a `head` gives probabilities: leave activation = "{self.activation}" out'
            raise ValueError(message)
        return self

    @property
    def task(self) -> str:
        """What a Prediction calls it."""
        return "classification"

    def check(self, outputs: tuple[OutputSpec, ...], labels: tuple[str, ...]) -> str | None:
        """Why these outputs can't be decoded, or None; `inference_agent.headed` asks the rest of a head."""
        if self.head is not None:
            from inference_agent.anomaly.features import sizes_of  # every agent reads bundles, only this one has numpy

            try:
                sizes_of(outputs)
            except ValueError as error:
                return str(error)
            return None
        if len(outputs) != 1:
            return f"a classifier has one output, this model has {len(outputs)}: {_shapes(outputs)}"
        shape = outputs[0].shape
        size = _size(shape)
        if size != max((*shape, 1)):
            return f"a classifier gives one row of scores, this output is {list(shape)}"
        if size == len(labels) or (size == 1 and len(labels) == 2 and self.activation != "softmax"):  # noqa: PLR2004 - see the class
            return None
        return (
            f"the output has {size} values and there are {len(labels)} labels; `labels` must name each value in order"
        )

    def decode(self, outputs: tuple[Output, ...], _geometry: Geometry, labels: tuple[str, ...]) -> Decoded:
        """The best label with its score, and the scores of the best labels, best first.

        Raises:
            ValueError: if the model gave something that is no number.
        """
        import numpy as np  # every agent reads bundles, only this one has numpy

        values = self._activate(outputs[0].values.ravel())
        if np.isnan(values).any():
            message = "a score is not a number"
            raise ValueError(message)
        if len(values) == 1:
            values = np.concatenate((1 - values, values))
        # A stable sort: of equal scores the first label wins, each time.
        reported = max(MAX_SCORES, int((values >= NOTABLE_SCORE).sum()))
        order = np.argsort(-values, kind="stable")[:reported]
        best = [(labels[i], score_of(values[i])) for i in order.tolist()]
        scores: dict[str, float] = {}
        for label, score in best:
            if score >= self.min_score:
                # ImageNet has labels that stand for two classes: the better score, which comes first, is the label's.
                scores.setdefault(label, score)
        if not scores:
            return Decoded(self.task, scores={})
        label, score = best[0]
        return Decoded(self.task, label=label, score=score, scores=scores)

    def highest_score(self, outputs: tuple[OutputSpec, ...]) -> float:
        """The highest score that can come out: a quantised softmax never says 1."""
        bound = outputs[0].highest
        return 1.0 if bound is None or self.activation != "none" else score_of(bound)

    def _activate(self, values: "NDArray[np.float32]") -> "NDArray[np.float32]":
        from inference_agent import activations

        if self.activation == "softmax":
            return activations.softmax(values)
        return activations.sigmoid(values) if self.activation == "sigmoid" else values


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def _shapes(outputs: tuple[OutputSpec, ...]) -> str:
    return ", ".join(str(list(output.shape)) for output in outputs)
