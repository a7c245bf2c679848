"""A small network, taught for a few steps on simulated ducks, and pictures that it has not seen."""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from camera_agent.simulator.duck import make_duck
from camera_agent.simulator.render import render
from inference_agent.bundle import Input
from inference_agent.tensor import TensorSpec
from training.convert.pictures import prepare
from training.data import INPUT_PX, JPEG_QUALITY, Pictures

PIXELS = TensorSpec("pixels", INPUT_PX, INPUT_PX, 3, channels_first=False, dtype=np.dtype(np.uint8))
NET = """\
import torch

from training.network import DuckNet


def make():
    network = DuckNet()
    network.load_state_dict(torch.load("{weights}"))
    return network
"""


@dataclass(frozen=True)
class Taught:
    """`images`: those that it learnt from; `unseen`: others, all of them JPEG as a camera gives them."""

    network: Any
    weights: Path
    source: Path
    images: Path
    unseen: Path


def teach(folder: Path) -> Taught:
    """Taught on pictures that went through the inference agent's own preprocessing."""
    import torch

    from training.fit import fit

    train, check = _draw(folder / "images", 5101, 120), _draw(folder / "unseen", 5102, 60)
    network = fit(train, check, epochs=8, seed=1)
    torch.save(network.state_dict(), folder / "ducks.pt")
    (folder / "net.py").write_text(NET.format(weights=folder / "ducks.pt"))
    return Taught(network, folder / "ducks.pt", folder / "net.py", folder / "images", folder / "unseen")


def _draw(folder: Path, seed: int, count: int) -> Pictures:
    """As many good ducks as ducks of a wrong colour: the one defect that is learnt within seconds."""
    folder.mkdir()
    paths: list[Path] = []
    ko: list[bool] = []
    ducks = (make_duck(seed, number, defect_rate=0.5) for number in itertools.count(1))
    for duck in ducks:
        bad = duck.defect is not None
        if (duck.defect is None or duck.defect.kind == "wrong_colour") and ko.count(bad) < count // 2:
            paths.append(folder / f"{len(paths):03d}.jpg")
            cv2.imwrite(str(paths[-1]), render(duck, "left"), (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
            ko.append(bad)
        if len(ko) == count:
            break
    images = np.concatenate([prepared.values for prepared in prepare(paths, Input(), PIXELS)])
    return Pictures(images, np.array(ko), np.array([""] * count))
