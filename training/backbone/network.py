"""EfficientNet-Lite0 without its classifier, with taps where it is worth looking in.

The network is Tan and Le's EfficientNet (arXiv 1905.11946) in its Lite form: no squeeze and excitation, ReLU6 not
swish, so that it quantises well. Names of modules are those of the published weights.
"""

from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

CLASSES = 1000


@dataclass(frozen=True, slots=True)
class Stage:
    """`blocks` inverted bottlenecks; only the first of them has the stride, and takes another number of channels."""

    blocks: int
    kernel: int
    stride: int
    widening: int
    channels: int


STEM_CHANNELS, HEAD_CHANNELS = 32, 1280
STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
TAPPED_STAGES = (2, 4)
"""28 x 28 x 40 and 14 x 14 x 112 of a picture of 224 x 224: first edges and textures, then parts of things."""


def normalised(channels: int) -> nn.BatchNorm2d:
    """Batch normalisation as the weights were trained with."""
    return nn.BatchNorm2d(channels, eps=1e-3)


def padded(x: Tensor, kernel: int, stride: int) -> Tensor:
    """With zeros, as TensorFlow's SAME does: the odd one goes below and to the right."""
    side = x.shape[-1]
    missing = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    before, after = missing // 2, missing - missing // 2
    return functional.pad(x, (before, after, before, after)) if missing else x


class Block(nn.Module):
    """Widen by a 1 x 1 convolution, look around channel by channel, narrow again; add the input where it fits."""

    def __init__(self, stage: Stage, taken: int, *, first: bool) -> None:
        super().__init__()
        self.kernel, self.stride = stage.kernel, stage.stride if first else 1
        wide = taken * stage.widening
        self.widens = stage.widening > 1
        self.adds = not first or (stage.stride == 1 and taken == stage.channels)
        if self.widens:
            self._expand_conv, self._bn0 = nn.Conv2d(taken, wide, 1, bias=False), normalised(wide)
        self._depthwise_conv = nn.Conv2d(wide, wide, self.kernel, self.stride, groups=wide, bias=False)
        self._bn1 = normalised(wide)
        self._project_conv, self._bn2 = nn.Conv2d(wide, stage.channels, 1, bias=False), normalised(stage.channels)

    def forward(self, x: Tensor) -> Tensor:
        """[n, taken, h, w] to [n, channels, h / stride, w / stride]."""
        y = functional.relu6(self._bn0(self._expand_conv(x))) if self.widens else x
        y = functional.relu6(self._bn1(self._depthwise_conv(padded(y, self.kernel, self.stride))))
        y = self._bn2(self._project_conv(y))
        return x + y if self.adds else y


class Lite0(nn.Module):
    """Pixels 0..255, RGB, [n, 3, 224, 224], to two maps and an embedding."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = nn.Conv2d(3, STEM_CHANNELS, 3, 2, bias=False), normalised(STEM_CHANNELS)
        blocks, taken, self._taps = [], STEM_CHANNELS, []
        for number, stage in enumerate(STAGES):
            for index in range(stage.blocks):
                blocks.append(Block(stage, taken, first=index == 0))
                taken = stage.channels
            if number in TAPPED_STAGES:
                self._taps.append(len(blocks) - 1)
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = nn.Conv2d(taken, HEAD_CHANNELS, 1, bias=False), normalised(HEAD_CHANNELS)
        self._fc = nn.Linear(HEAD_CHANNELS, CLASSES)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """[n, 40, 28, 28], [n, 112, 14, 14], [n, 1280]."""
        taps = []
        x = (pixels - 127.0) / 128.0
        x = functional.relu6(self._bn0(self._conv_stem(padded(x, 3, 2))))
        for number, block in enumerate(self._blocks):
            x = block(x)
            if number in self._taps:
                taps.append(x)
        x = functional.relu6(self._bn1(self._conv_head(x)))
        return taps[0], taps[1], x.mean(dim=(2, 3))


def with_weights(weights: "OrderedDict[str, Tensor]") -> Lite0:
    """The network, ready to be exported; every weight has its place, and every place its weight."""
    network = Lite0()
    network.load_state_dict(weights)
    network.eval()
    return network


def read_weights(path: str) -> "OrderedDict[str, Tensor]":
    """The tensors in a .pth file, and nothing else that may be in it."""
    weights: OrderedDict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return weights
