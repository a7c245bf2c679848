"""A backbone: what it sees is for others to be taught from, and says nothing of a part by itself."""

from typing import Literal

from inference_agent.decoders.decoded import Decoded, Output, OutputSpec
from inference_agent.geometry import Geometry
from okko.settings import Settings


class Features(Settings):
    """An embedding [1, d] and maps [1, h, w, c]: teaching learns from them. In a station it reports nothing."""

    kind: Literal["features"] = "features"

    @property
    def task(self) -> str:
        """What a Prediction calls it."""
        return "features"

    def check(self, outputs: tuple[OutputSpec, ...], _labels: tuple[str, ...]) -> str | None:
        """Why these outputs are no backbone's, or None."""
        from inference_agent.anomaly.features import sizes_of  # every agent reads bundles, only this one has numpy

        try:
            sizes_of(outputs)
        except ValueError as error:
            return str(error)
        return None

    def decode(self, _outputs: tuple[Output, ...], _geometry: Geometry, _labels: tuple[str, ...]) -> Decoded:
        """Nothing: a rule that waits for a label says KO."""
        return Decoded(self.task)
