"""The network: four convolutions that each halve the picture, small enough to learn within minutes without a GPU.

Depthwise separable blocks were tried first: they need fewer weights, and twenty times as long to learn on a processor.
"""

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS = (3, 16, 24, 48, 96)


class SmallNet(nn.Module):  # type: ignore[misc] # PyTorch is not there where types are checked
    """Scores of `kinds` labels from one picture; pixels go in as they are, 0..255, the rest is inside."""

    def __init__(self, kinds: int, channels: tuple[int, ...] = CHANNELS) -> None:
        super().__init__()
        layers: list[Any] = []
        for inputs, outputs in pairwise(channels):
            layers += [nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(2 * channels[-1], kinds)

    def logits(self, pixels: Tensor) -> Tensor:
        """(n, kinds) from (n, 3, s, s) RGB in 0..255."""
        features = self.body(pixels * (1.0 / 127.5) - 1.0)
        rows, columns = features.shape[2:]
        # The mean tells what the part is like as a whole, the maximum finds the one spot that should not be there.
        mean = functional.avg_pool2d(features, (rows, columns))
        peak = functional.max_pool2d(features, (rows, columns))
        return self.head(torch.cat((mean, peak), 1).flatten(1))

    def forward(self, pixels: Tensor) -> Tensor:
        """The same: how probable each label is, their softmax, is for who reads them.

        As int8 a softmax has steps of 1/256 and nothing beyond; of scores nearly all good parts still differ.
        """
        return self.logits(pixels)


def cool(network: SmallNet, temperature: float) -> None:
    """Divide all scores by the temperature, so that their softmax is a probability."""
    with torch.no_grad():
        network.head.weight /= temperature
        network.head.bias /= temperature
