"""Training: the same seed, the same number of threads and the same versions give the same weights."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

THREADS = 1  # sums are formed in another order with another number, and two are hardly faster than one
BATCH = 32
_FEWEST_STEPS = 8  # of four or fewer PyTorch cannot make a schedule


@dataclass(frozen=True, slots=True)
class Lot:
    """Pictures with what they are. images: (n, s, s, 3) uint8 RGB; labels: (n,) int64."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    @property
    def batches(self) -> int:
        """Steps of an epoch."""
        return -(-len(self.labels) // BATCH)


@dataclass(frozen=True, slots=True)
class Variation:
    """How a part may look at another moment: seen in a mirror, turned by quarters, shifted, lit and coloured anew.

    `shift` is a share of the picture's side, `gain` and `tint` shares of its light, `offset` of 255.
    """

    mirror: bool = False
    turn: bool = False
    shift: float = 1 / 14
    gain: float = 0.18
    tint: float = 0.06
    offset: float = 14.0

    def __call__(self, images: Tensor) -> Tensor:
        """Pictures (n, s, s, 3) uint8 as another moment might show them, (n, 3, s, s)."""
        pixels = planes(images)
        count, reach = len(pixels), int(pixels.shape[-1] * self.shift)
        if self.mirror and torch.rand(()) < 0.5:  # noqa: PLR2004 - a coin
            pixels = pixels.flip(3)
        if self.turn:
            pixels = torch.rot90(pixels, int(torch.randint(0, 4, ())), (2, 3))
        down, across = (int(torch.randint(-reach, reach + 1, ())) for _ in range(2))
        pixels = torch.roll(pixels, (down, across), (2, 3))
        gain = 1.0 + self.gain * (2.0 * torch.rand(count, 1, 1, 1) - 1.0)
        tint = 1.0 + self.tint * (2.0 * torch.rand(count, 3, 1, 1) - 1.0)
        offset = self.offset * (2.0 * torch.rand(count, 1, 1, 1) - 1.0)
        return torch.clamp(pixels * gain * tint + offset, 0.0, 255.0)


Heard = Callable[[int, Any], bool]
"""Told after each epoch its number and the network; False ends the training there."""


def begin(seed: int) -> None:
    """Before the network is made: from here on all is the same each time."""
    torch.manual_seed(seed)
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(mode=True)


def fit(  # noqa: PLR0913 - all that the weights follow from, by name
    network: Any,
    train: Lot,
    *,
    vary: Variation,
    epochs: int,
    seed: int,
    rate: float = 2.5e-3,
    weights: Tensor | None = None,
    heard: Heard = lambda _epoch, _network: True,
) -> None:
    """Train the network in place; `weights`: how much each label weighs."""
    rng = np.random.default_rng(seed)
    optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=1e-3)
    steps = max(_FEWEST_STEPS, epochs * train.batches)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.25)
    images, labels = torch.from_numpy(train.images), torch.from_numpy(train.labels)
    for epoch in range(1, epochs + 1):
        network.train()
        order = rng.permutation(len(train.labels))
        for start in range(0, len(order), BATCH):
            numbers = order[start : start + BATCH]
            logits = network.logits(vary(images[numbers]))
            loss = functional.cross_entropy(logits, labels[numbers], weights, label_smoothing=0.01)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        if not heard(epoch, network):
            break
    network.eval()


class Best:
    """The weights of the epoch that did best on pictures that teach nothing; `keep` hears of each epoch."""

    def __init__(self, check: Lot, say: Callable[[str], None]) -> None:
        self._check, self._say = check, say
        self._weights: Any = None
        self._loss = float("inf")

    def keep(self, epoch: int, network: Any) -> bool:
        """Look at how it does, and keep the weights if none did better."""
        scores = probabilities(network, self._check.images)
        labels = self._check.labels
        wrong = int((scores.argmax(axis=1) != labels).sum())
        likely = np.clip(scores[np.arange(len(labels)), labels], 1e-4, 1.0)
        loss = float(-np.log(likely).mean())
        self._say(f"epoch {epoch:2d}: {wrong} of {len(labels)} wrong, loss {loss:.4f}")
        if loss <= self._loss:
            self._weights, self._loss = copy.deepcopy(network.state_dict()), loss
        return True

    def restore(self, network: Any) -> None:
        """Give the network the weights that were kept."""
        network.load_state_dict(self._weights)
        network.eval()


def scores(network: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The logits of each picture, (n, kinds)."""
    network.eval()
    with torch.no_grad():
        parts = [network.logits(planes(torch.from_numpy(images[i : i + 256]))) for i in range(0, len(images), 256)]
    return np.asarray(torch.cat(parts).numpy(), np.float32)


def probabilities(network: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How probable each label is, (n, kinds)."""
    return np.asarray(torch.softmax(torch.from_numpy(scores(network, images)), 1).numpy(), np.float32)


def planes(images: Tensor) -> Tensor:
    """(n, s, s, 3) bytes as (n, 3, s, s) floats."""
    return images.permute(0, 3, 1, 2).float()
