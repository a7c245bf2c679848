"""What a conversion was asked to do."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Quantise = Literal["none", "dynamic", "int8"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line, as values. What is None was not given.

    `size`: (width, height) in pixels; `settings`: a model.toml, which excludes all that stand after it.
    """

    out: Path
    model: str | None = None
    tflite: Path | None = None
    replace: bool = False
    quantize: Quantise = "none"
    images: Path | None = None
    calibrate: int = 200
    size: tuple[int, int] | None = None
    layout: Literal["nchw", "nhwc"] = "nchw"
    settings: Path | None = None
    name: str | None = None
    version: str | None = None
    labels: tuple[str, ...] | None = None
    resize: str | None = None
    color: str | None = None
    mean: float | tuple[float, float, float] | None = None
    std: float | tuple[float, float, float] | None = None
    activation: str | None = None
