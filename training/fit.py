"""How `duck-quality` is trained: the epoch counts that does best on pictures that teach nothing."""

import numpy as np

from training.data import Pictures
from training.network import DuckNet
from workshop.teaching.trained.fit import Best, Lot, Variation, begin
from workshop.teaching.trained.fit import fit as train_network

_AS_DUCKS_COME = Variation(mirror=True)  # they face both ways


def fit(train: Pictures, check: Pictures, *, epochs: int, seed: int) -> DuckNet:
    """The network after the epoch that did best on `check`."""
    begin(seed)
    network = DuckNet()
    best = Best(_lot(check), lambda text: print(text, flush=True))
    train_network(network, _lot(train), vary=_AS_DUCKS_COME, epochs=epochs, seed=seed, heard=best.keep)
    best.restore(network)
    return network


def _lot(pictures: Pictures) -> Lot:
    return Lot(pictures.images, pictures.ko.astype(np.int64))
