"""What the model's input tensor takes: its layout, its type and how real numbers become its values."""

from dataclasses import dataclass
from typing import Any

import numpy as np

DTYPES = ("uint8", "int8", "int16", "float16", "float32")


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """An input for one picture. `scale` is 0 where the values are not quantised."""

    name: str
    width_px: int
    height_px: int
    channels: int
    channels_first: bool
    dtype: "np.dtype[Any]"
    scale: float = 0.0
    zero_point: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """With the batch of one in front."""
        if self.channels_first:
            return (1, self.channels, self.height_px, self.width_px)
        return (1, self.height_px, self.width_px, self.channels)
