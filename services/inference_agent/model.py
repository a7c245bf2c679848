"""A bundle made ready to look at pictures: preprocessing, network and decoder in one."""

import time
from dataclasses import dataclass
from pathlib import Path

from inference_agent import labels as label_files
from inference_agent.bundle import Bundle
from inference_agent.decoders.decoded import Decoded
from inference_agent.geometry import Roi
from inference_agent.images import Picture
from inference_agent.preprocess import Preprocessor
from inference_agent.runtime import Network
from okko.contracts import ModelRef, Timings
from okko.errors import ModelError


@dataclass(frozen=True, slots=True)
class Seen:
    """What a model made of a picture, and how long each stage took."""

    decoded: Decoded
    timings_ms: Timings


class Model:
    """Loaded, checked against its bundle and warmed up. It belongs to the thread that made it.

    Raises:
        ModelError: if the model file can't be used, or is not what the bundle says.
    """

    def __init__(self, folder: Path, bundle: Bundle) -> None:
        self._decoder = bundle.decoder
        self._network = Network(folder / bundle.file, bundle.input, threads=bundle.threads, delegate=bundle.delegate)
        self._labels = bundle.labels or label_files.from_model(folder / bundle.file)
        if why := self._decoder.check(self._network.outputs, self._labels):
            raise ModelError(bundle.name, why)
        self._preprocessor = Preprocessor(bundle.input, self._network.input)
        self.ref = ModelRef(name=bundle.name, version=bundle.version, sha256=self._network.sha256)
        self.task = self._decoder.task

    @property
    def highest_score(self) -> float:
        """The highest score that this model can give."""
        return self._decoder.highest_score(self._network.outputs) if self._decoder.kind == "classification" else 1.0

    def look(self, picture: Picture, roi: Roi | None = None) -> Seen:
        """What the model sees. `roi` is the part of the full frame that the picture shows.

        Raises:
            ImageError: if the picture can't be decoded.
            ModelError: if the model fails on it, or gives something that is no answer.
        """
        began = time.perf_counter()
        image = picture.at(self._preprocessor.scale_for(picture))
        decoded = time.perf_counter()
        geometry = self._preprocessor.fill(image, self._network.input_view()).within(roi)
        prepared = time.perf_counter()
        outputs = self._network.invoke()
        invoked = time.perf_counter()
        try:
            answer = self._decoder.decode(outputs, geometry, self._labels)
        except ValueError as error:
            raise ModelError(self.ref.name, str(error)) from error
        done = time.perf_counter()
        return Seen(
            answer,
            {
                "decode": _ms(decoded - began),
                "preprocess": _ms(prepared - decoded),
                "invoke": _ms(invoked - prepared),
                "postprocess": _ms(done - invoked),
            },
        )


def _ms(seconds: float) -> float:
    return round(seconds * 1e3, 3)
