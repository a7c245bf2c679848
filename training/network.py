"""The network of `duck-quality`: that of `okko teach --train`, with the softmax in it."""

import torch
from torch import Tensor

from workshop.teaching.trained.network import SmallNet


class DuckNet(SmallNet):
    """OK or KO from one picture; pixels go in as they are, 0..255, the rest is inside."""

    def __init__(self) -> None:
        super().__init__(2)

    def forward(self, pixels: Tensor) -> Tensor:
        """The probabilities of OK and KO, (n, 2)."""
        return torch.softmax(self.logits(pixels), 1)
