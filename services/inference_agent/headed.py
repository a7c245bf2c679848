"""A classifier on a backbone: its head, made ready to look at what the backbone gives."""

from collections.abc import Sequence
from pathlib import Path

from inference_agent.anomaly.features import pooled_of, sizes_of
from inference_agent.decoders import Classification
from inference_agent.decoders.decoded import Decoded, Output, OutputSpec
from inference_agent.geometry import Geometry
from inference_agent.linear_head import read_head


class Headed:
    """The decoder `classification` with its `head`. `state_sha256` is that of the head's file.

    Raises:
        ValueError: if the head can't be read, or suits another backbone or other labels.
    """

    def __init__(
        self, settings: Classification, file: Path, outputs: Sequence[OutputSpec], labels: tuple[str, ...]
    ) -> None:
        self._settings = settings
        self._head, self.state_sha256 = read_head(file)
        if why := self._head.check(sizes_of(outputs).pooled, len(labels)):
            message = f"its head {file} was taught with another model: {why}"
            raise ValueError(message)

    def decode(self, outputs: tuple[Output, ...], geometry: Geometry, labels: tuple[str, ...]) -> Decoded:
        """The label with the highest probability, and those of the others.

        Raises:
            ValueError: if the model gave something that is no number.
        """
        chances = self._head.probabilities(pooled_of(outputs))
        return self._settings.decode((Output("head", chances),), geometry, labels)
