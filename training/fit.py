"""Training: the same seed, the same number of threads and the same versions give the same weights."""

import copy

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from training.data import Pictures, batches
from training.network import DuckNet

_THREADS = 1  # sums are formed in another order with another number, and two are hardly faster than one
_BATCH = 32


def fit(train: Pictures, check: Pictures, *, epochs: int, seed: int, rate: float = 2.5e-3) -> DuckNet:
    """The network after the epoch that did best on `check`."""
    torch.manual_seed(seed)
    torch.set_num_threads(_THREADS)
    torch.use_deterministic_algorithms(mode=True)
    rng = np.random.default_rng(seed)
    network = DuckNet()
    optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=1e-3)
    steps = epochs * -(-len(train.ko) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.25)
    images, labels = torch.from_numpy(train.images), torch.from_numpy(train.ko.astype(np.int64))
    best, best_loss = copy.deepcopy(network.state_dict()), float("inf")
    for epoch in range(1, epochs + 1):
        network.train()
        for numbers in batches(train, rng.permutation(len(train.ko)), _BATCH):
            logits = network.logits(_vary(images[numbers]))
            loss = functional.cross_entropy(logits, labels[numbers], label_smoothing=0.01)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        scores = ko_scores(network, check.images)
        wrong = int(((scores > 0.5) != check.ko).sum())  # noqa: PLR2004 - even odds
        likely = np.clip(np.where(check.ko, scores, 1.0 - scores), 1e-4, 1.0)
        check_loss = float(-np.log(likely).mean())
        print(f"epoch {epoch:2d}: {wrong} of {len(check.ko)} wrong, loss {check_loss:.4f}", flush=True)
        if check_loss <= best_loss:
            best, best_loss = copy.deepcopy(network.state_dict()), check_loss
    network.load_state_dict(best)
    return network.eval()


def ko_scores(network: DuckNet, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The probability of KO of each picture, (n,)."""
    network.eval()
    with torch.no_grad():
        parts = [network(_planes(torch.from_numpy(images[i : i + 256])))[:, 1] for i in range(0, len(images), 256)]
    return np.asarray(torch.cat(parts).numpy(), np.float32)


def _planes(images: Tensor) -> Tensor:
    return images.permute(0, 3, 1, 2).float()


def _vary(images: Tensor) -> Tensor:
    """Pictures (n, s, s, 3) uint8 as another moment might show them, (n, 3, s, s): shifted, lit and coloured anew."""
    pixels = _planes(images)
    count, reach = len(pixels), pixels.shape[-1] // 14
    if torch.rand(()) < 0.5:  # noqa: PLR2004 - a coin: ducks face both ways
        pixels = pixels.flip(3)
    down, across = (int(torch.randint(-reach, reach + 1, ())) for _ in range(2))
    pixels = torch.roll(pixels, (down, across), (2, 3))
    gain = 1.0 + 0.18 * (2.0 * torch.rand(count, 1, 1, 1) - 1.0)
    tint = 1.0 + 0.06 * (2.0 * torch.rand(count, 3, 1, 1) - 1.0)
    offset = 14.0 * (2.0 * torch.rand(count, 1, 1, 1) - 1.0)
    return torch.clamp(pixels * gain * tint + offset, 0.0, 255.0)
