"""Training in bounded time: how many rounds there are is settled before, so that they are the same each time."""

import math
import time
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
import torch

from workshop.teaching.progress import Telling
from workshop.teaching.trained.fit import BATCH, Lot, Variation, begin, fit
from workshop.teaching.trained.network import SmallNet
from workshop.teaching.trained.settings import Training

STEPS = 1500
"""Of the optimiser, 32 pictures each."""

LEAST_EPOCHS = 20
_TRIED_STEPS = 12
_FIRST = 0.9
"""How much of the time is planned for; the rest is for a machine that gets slower."""


@dataclass(frozen=True, slots=True)
class Course:
    """How it went: `epochs` of `wanted`; `planned` are those for which there was time."""

    epochs: int
    planned: int
    wanted: int

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person must know of it."""
        if self.epochs == self.wanted:
            return ()
        told = (
            f"there was time for {self.epochs} of {self.wanted} rounds: give it more --minutes for a better model, and "
            "one that comes out the same each time"
        )
        return (told,)


def train(lot: Lot, training: Training, telling: Telling) -> tuple[Any, Course]:
    """A network that tells the labels of the lot apart, and how it came about."""
    ends = time.monotonic() + training.minutes * 60
    counts = np.bincount(lot.labels)
    weights = torch.from_numpy((len(lot.labels) / (len(counts) * counts)).astype(np.float32))
    vary = Variation(mirror=training.any_way, turn=training.any_way)
    wanted = max(LEAST_EPOCHS, math.ceil(STEPS / lot.batches))
    planned = max(1, min(wanted, int(_FIRST * training.minutes * 60 / (_seconds_a_step(lot, vary) * lot.batches))))
    telling.stage(f"training a network on {len(lot.labels)} parts", planned)
    done = 0

    def heard(epoch: int, _network: Any) -> bool:
        nonlocal done
        done = epoch
        telling.step()
        return time.monotonic() < ends

    begin(training.seed)
    network = SmallNet(len(counts))
    fit(network, lot, vary=vary, epochs=planned, seed=training.seed, weights=weights, heard=heard)
    return network, Course(done, planned, wanted)


def _seconds_a_step(lot: Lot, vary: Variation) -> float:
    """What a step takes on this machine, by a few of a network that is thrown away."""
    begin(0)
    few = Lot(lot.images[:BATCH], lot.labels[:BATCH])
    network = SmallNet(int(lot.labels.max()) + 1)
    instants = []

    def heard(_epoch: int, _network: Any) -> bool:
        instants.append(time.monotonic())
        return True

    # The first steps import and allocate; and the median, since something else may run for a moment.
    fit(network, few, vary=vary, epochs=_TRIED_STEPS, seed=0, heard=heard)
    return median(later - sooner for sooner, later in pairwise(instants[2:]))
