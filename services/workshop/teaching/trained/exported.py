"""From the trained network to the file that runs on the line, and what the file says of pictures."""

import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference_agent.decoders.anomaly import LABELS
from inference_agent.preprocess import Preprocessor
from inference_agent.runtime import Network
from workshop.conversion.quantise import quantise
from workshop.conversion.to_float import write_float
from workshop.conversion.whole_range import with_whole_range
from workshop.teaching.trained.model import DECODER
from workshop.teaching.trained.pupil import SETTINGS, SIDE_PX, Pixels

FLOAT, INT8 = "float.tflite", "int8.tflite"
SAMPLES = 200
"""Pictures that teach int8 its ranges."""


def export(network: Any, folder: Path, taught: Pixels) -> None:
    """Write the network into the folder, as float and as int8; its ranges are learnt from pictures that taught it.

    Raises:
        ModelError: if it cannot be converted or quantised.
    """
    # What the tools tell of their steps is for those who convert models; what goes wrong comes as an error.
    with contextlib.redirect_stderr(io.StringIO()):
        _export(network, folder, taught)


def _export(network: Any, folder: Path, taught: Pixels) -> None:
    write_float(network, (1, SIDE_PX, SIDE_PX, 3), folder / FLOAT, name="the trained network")
    tensor = Network(folder / FLOAT, SETTINGS).input
    chosen = np.unique(np.linspace(0, len(taught) - 1, min(SAMPLES, len(taught))).round().astype(int))
    samples = (with_whole_range(taught[place][None].astype(np.float32), SETTINGS, tensor) for place in chosen)
    quantise(folder / FLOAT, folder / INT8, "int8", samples)


def chances(path: Path, pictures: Pixels, step: Callable[[], None] = lambda: None) -> NDArray[np.float64]:
    """The probability of KO of each picture, (n,), as the inference agent has it of this file.

    Raises:
        ModelError: if LiteRT cannot run it.
    """
    network = Network(path, SETTINGS)
    preprocessor = Preprocessor(SETTINGS, network.input)
    found = np.empty(len(pictures))
    for place, pixels in enumerate(pictures):
        geometry = preprocessor.fill(np.ascontiguousarray(pixels[:, :, ::-1]), network.input_view())
        decoded = DECODER.decode(network.invoke(), geometry, LABELS)
        found[place] = (decoded.scores or {})["KO"]
        step()
    return found
