"""The network: four convolutions that each halve the picture, small enough to learn within minutes without a GPU.

Depthwise separable blocks were tried first: they need fewer weights, and twenty times as long to learn on a processor.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

_CHANNELS = (3, 16, 24, 48, 96)


class DuckNet(nn.Module):
    """OK or KO from one picture; pixels go in as they are, 0..255, the rest is inside."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(_CHANNELS):
            layers += [nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(2 * _CHANNELS[-1], 2)

    def logits(self, pixels: Tensor) -> Tensor:
        """(n, 2) from (n, 3, s, s) RGB in 0..255."""
        features = self.body(pixels * (1.0 / 127.5) - 1.0)
        rows, columns = features.shape[2:]
        # The mean tells what the duck is like as a whole, the maximum finds the one spot that should not be there.
        mean = functional.avg_pool2d(features, (rows, columns))
        peak = functional.max_pool2d(features, (rows, columns))
        scores: Tensor = self.head(torch.cat((mean, peak), 1).flatten(1))
        return scores

    def forward(self, pixels: Tensor) -> Tensor:
        """The probabilities of OK and KO, (n, 2)."""
        return torch.softmax(self.logits(pixels), 1)
