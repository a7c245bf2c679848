"""A small float model and pictures for it: red ones and green ones."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from float_model import write_float_model


@pytest.fixture(scope="session")
def float_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tells RED from GREEN."""
    return write_float_model(tmp_path_factory.mktemp("model") / "colours.tflite")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten green pictures and ten red ones, some faint and some strong, as a camera would give them."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(1)
    for number in range(20):
        picture = rng.integers(0, 120, (40, 60, 3)).astype(np.uint8)
        name, channel = ("red", 2) if number % 2 else ("green", 1)
        picture[:, :, channel] += np.uint8(10 + 6 * number)
        (folder / name).mkdir(exist_ok=True)
        cv2.imwrite(str(folder / name / f"{number:02d}.{'jpg' if number % 3 else 'png'}"), picture)
    return folder
