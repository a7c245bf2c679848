"""Pictures and bundles that the tests of the model tools share."""

from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="session")
def duck_bundle() -> Path:
    """The bundle that is shipped."""
    return ROOT / "models" / "duck-quality"


@pytest.fixture(scope="session")
def some_pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a JPEG, a PNG and a BMP in a folder below, all smooth noise."""
    folder = tmp_path_factory.mktemp("pictures")
    noise = np.random.default_rng(3).integers(0, 256, (6, 8, 3), np.uint8)
    image = cv2.resize(noise, (160, 120), interpolation=cv2.INTER_CUBIC)
    (folder / "below").mkdir()
    for name in ("a.jpg", "b.png", "below/c.bmp"):
        assert cv2.imwrite(str(folder / name), image)
    return folder
