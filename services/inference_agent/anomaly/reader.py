"""An `anomaly` decoder made ready: its state read and checked against the model, its threshold and its map in place."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference_agent import maps
from inference_agent.anomaly.features import sizes_of
from inference_agent.anomaly.state import State, read_state
from inference_agent.decoders.anomaly import Anomaly
from inference_agent.decoders.decoded import Decoded, Output, OutputSpec, score_of
from inference_agent.geometry import Geometry
from inference_agent.tensor import TensorSpec
from inference_agent.upright import upright
from okko.contracts import PredictionMap

Places = NDArray[np.float32]

_DIGITS = 6
_JUST_BELOW_HALF = 0.499999
_BATCHED = 4


class Reader:
    """Belongs to the thread that loaded the model. `state_sha256` is None where nothing was taught.

    Raises:
        ValueError: if the state can't be read or does not suit the model.
    """

    def __init__(self, settings: Anomaly, folder: Path, outputs: tuple[OutputSpec, ...], taken: TensorSpec) -> None:
        self._settings = settings
        self._state: State | None = None
        self.state_sha256: str | None = None
        self._channels_first = taken.channels_first
        self.needs_input = settings.method == "autoencoder"
        """Whether `decode` wants the model's input, as real numbers, behind its outputs."""
        if settings.state is not None:
            self._state, self.state_sha256 = read_state(folder / settings.state, settings.method)
            if why := self._state.check(sizes_of(outputs)):
                message = f"its state {settings.state} was taught with another model: {why}"
                raise ValueError(message)
        elif self.needs_input and _size(outputs[0].shape) != _size(taken.shape):
            message = (
                f"an autoencoder gives its input {list(taken.shape)} back, this model gives {list(outputs[0].shape)}"
            )
            raise ValueError(message)
        elif settings.method == "heatmap":
            _grid(np.zeros(outputs[0].shape, np.float32))

    def decode(self, outputs: tuple[Output, ...], geometry: Geometry, _labels: tuple[str, ...]) -> Decoded:
        """How odd the part looks, whether that is too odd, and where.

        Raises:
            ValueError: if the model gave something that is no number.
        """
        score, places = self._look(outputs)
        if not np.isfinite(score):
            message = "the anomaly score is not a number"
            raise ValueError(message)
        return decided(score, self._settings.threshold, self._map(places, geometry))

    def _look(self, outputs: Sequence[Output]) -> tuple[float, Places | None]:
        if self._state is not None:
            return self._state.score(outputs)
        values = outputs[0].values
        if self.needs_input:
            errors = np.square(values.reshape(outputs[-1].values.shape) - outputs[-1].values)
            channels = 1 if self._channels_first else -1
            return float(errors.mean(dtype=np.float64)), errors.mean(axis=channels)[0]
        places = _grid(values)
        if np.isnan(places).any():
            return float("nan"), None
        quantile = self._settings.quantile
        return float(places.max() if quantile == 1 else np.quantile(places, quantile)), places

    def _map(self, places: Places | None, geometry: Geometry) -> PredictionMap | None:
        if places is None or not self._settings.map:
            return None
        # Of the score's own unit: what is as odd as a part may be at most is mid-grey on every part of this model.
        places, geometry = upright(places, geometry)
        return maps.of_heat(maps.shown(places, geometry), geometry, 0.0, 2 * self._settings.threshold)


def decided(score: float, threshold: float, places: PredictionMap | None = None) -> Decoded:
    """The prediction that follows from a score: KO above the threshold."""
    # Rounded before it is compared, so that who reads the prediction comes to the same verdict.
    score, threshold = round(score, _DIGITS), round(threshold, _DIGITS)
    is_ko = score > threshold
    positive = max(score, 0.0)
    ok = threshold / (positive + threshold)
    ok = score_of(min(ok, _JUST_BELOW_HALF) if is_ko else max(ok, 0.5))
    scores = {"OK": ok, "KO": round(1 - ok, _DIGITS)}
    label = "KO" if is_ko else "OK"
    return Decoded(
        "anomaly",
        label=label,
        score=scores[label],
        scores=dict(sorted(scores.items(), key=lambda entry: entry[0] != label)),
        anomaly_score=score,
        anomaly_threshold=threshold,
        map=places,
    )


def _grid(values: Places) -> Places:
    """The places of a heat map, (h, w).

    Raises:
        ValueError: if the output is no map.
    """
    shape = values.shape
    if len(shape) == _BATCHED and shape[0] == 1 and 1 in (shape[1], shape[3]):
        places: Places = values[0, 0] if shape[1] == 1 and shape[3] != 1 else values[0, :, :, 0]
        return places
    if len(shape) == _BATCHED - 1 and shape[0] == 1:
        return values.reshape(shape[1:])
    message = f"a heat map is [1, h, w], [1, h, w, 1] or [1, 1, h, w], this model gives {list(shape)}"
    raise ValueError(message)


def _size(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape))
