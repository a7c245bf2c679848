"""A bundle made ready to look at pictures: preprocessing, network and decoder in one."""

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from inference_agent import labels as label_files
from inference_agent.anomaly.reader import Reader
from inference_agent.anomaly.state import sha256_with
from inference_agent.bundle import Bundle
from inference_agent.decoders import Anomaly, Classification
from inference_agent.decoders.decoded import Decoded, Output
from inference_agent.geometry import Geometry, Roi
from inference_agent.headed import Headed
from inference_agent.images import Picture
from inference_agent.preprocess import Preprocessor
from inference_agent.runtime import Network
from okko.contracts import ModelRef, Timings
from okko.errors import ImageError, ModelError


class Decodes(Protocol):
    """A decoder that has all it needs."""

    def decode(self, outputs: tuple[Output, ...], geometry: Geometry, labels: tuple[str, ...], /) -> Decoded:
        """What the outputs mean, or a ValueError."""
        ...


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
        self._network = Network(folder / bundle.file, bundle.input, threads=bundle.threads, delegate=bundle.delegate)
        self._labels = bundle.labels or label_files.from_model(folder / bundle.file)
        if why := bundle.decoder.check(self._network.outputs, self._labels):
            raise ModelError(bundle.name, why)
        self._decoder = ready(folder, bundle, self._network)
        self._preprocessor = Preprocessor(bundle.input, self._network.input)
        self.ref = ModelRef(name=bundle.name, version=bundle.version, sha256=_sha256(self._network, self._decoder))
        self.task = bundle.decoder.task
        self._warm_up()

    @property
    def highest_score(self) -> float:
        """The highest score that this model can give."""
        return self._decoder.highest_score(self._network.outputs) if isinstance(self._decoder, Classification) else 1.0

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
        taken = self._taken()
        prepared = time.perf_counter()
        outputs = (*self._network.invoke(), *taken)
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

    def _taken(self) -> tuple[Output, ...]:
        return (self._network.taken(),) if isinstance(self._decoder, Reader) and self._decoder.needs_input else ()

    def _warm_up(self) -> None:
        # A decoder's first pass imports and builds what the others use, 6 ms of 7: no part should wait for it.
        spec = self._network.input
        image = np.full((spec.height_px, spec.width_px, 3), 127, np.uint8)
        image[spec.height_px // 4 : spec.height_px // 2, spec.width_px // 4 : spec.width_px // 2] = (0, 255, 255)
        # Of what is no part's picture a model may give no answer, and none may be found in it; of a part's it says so.
        with suppress(ValueError, ImageError):
            geometry = self._preprocessor.fill(image, self._network.input_view())
            taken = self._taken()
            self._decoder.decode((*self._network.invoke(), *taken), geometry, self._labels)


def ready(folder: Path, bundle: Bundle, network: Network) -> Decodes:
    """The bundle's decoder, with what it was taught where it was taught.

    Raises:
        ModelError: if what it was taught can't be read, or suits another model.
    """
    try:
        match bundle.decoder:
            case Anomaly():
                return Reader(bundle.decoder, folder, network.outputs, network.input)
            case Classification(head=str(head)):
                return Headed(bundle.decoder, folder / head, network.outputs, bundle.labels)
            case decoder:
                return decoder
    except ValueError as error:
        raise ModelError(bundle.name, str(error)) from error


def _sha256(network: Network, decoder: Decodes) -> str:
    """Of the model's file; of a model that was taught, of what it was taught too."""
    if isinstance(decoder, Reader | Headed) and decoder.state_sha256 is not None:
        return sha256_with(network.sha256, decoder.state_sha256)
    return network.sha256


def _ms(seconds: float) -> float:
    return round(seconds * 1e3, 3)
