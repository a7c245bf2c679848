"""A station's model files, loaded to see whether they are any good: for `okko check` and `okko doctor`."""

import importlib
import importlib.util
from typing import Any

from okko.station import StationModel


def has_litert() -> bool:
    """Whether models can be loaded on this machine at all."""
    return importlib.util.find_spec("ai_edge_litert") is not None


def load_model(model: StationModel) -> Any:
    """The model (`inference_agent.model.Model`), loaded and run once.

    Raises:
        ModelError: if its file is not there, cannot be used, or is not what the bundle says.
    """
    # By name: only the inference agent's own packages are needed for it, and only where they are installed.
    return importlib.import_module("inference_agent.model").Model(model.bundle_path, model.bundle)
