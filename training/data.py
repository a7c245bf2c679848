"""Pictures to learn from and to be measured on: simulated ducks, as the inference agent would get to see them."""

from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

import cv2
import numpy as np
from numpy.typing import NDArray

from camera_agent.simulator.duck import make_duck
from camera_agent.simulator.kinds import VIEWS, DefectKind, Variation
from camera_agent.simulator.render import render

INPUT_PX = 112
JPEG_QUALITY = 90
_REDUCED = ((8, cv2.IMREAD_REDUCED_COLOR_8), (4, cv2.IMREAD_REDUCED_COLOR_4), (2, cv2.IMREAD_REDUCED_COLOR_2))


@dataclass(frozen=True, slots=True)
class Lot:
    """Ducks 1 to `ducks` of the production run `seed`."""

    seed: int
    ducks: int
    defect_rate: float
    variation: Variation = "normal"


@dataclass(frozen=True, slots=True)
class Pictures:
    """All pictures of a lot, two to a duck, left before right.

    `images`: (n, INPUT_PX, INPUT_PX, 3) uint8 RGB; `ko`: (n,) bool, whether this view shows a defect; `defect`: (n,)
    the kind of defect that the duck has, empty for none, even if this view does not show it.
    """

    images: NDArray[np.uint8]
    ko: NDArray[np.bool_]
    defect: NDArray[np.str_]


def make_pictures(lot: Lot, processes: int = 2) -> Pictures:
    """Draw the lot; how many processes help does not change the result."""
    with get_context("spawn").Pool(processes) as pool:
        shown = [view for duck in pool.imap(partial(_look_at, lot), range(1, lot.ducks + 1), 64) for view in duck]
    images, ko, defects = zip(*shown, strict=True)
    return Pictures(np.stack(images), np.array(ko), np.array(defects))


def as_live(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What the model gets to see of a frame (BGR): packed as JPEG, decoded at reduced scale, stretched, RGB."""
    packed = cv2.imencode(".jpg", frame, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))[1]
    height, width = frame.shape[:2]
    flags = (flag for scale, flag in _REDUCED if min(-(-height // scale), -(-width // scale)) >= INPUT_PX)
    decoded = cv2.imdecode(packed, next(flags, cv2.IMREAD_COLOR))
    small = cv2.resize(decoded, (INPUT_PX, INPUT_PX), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.uint8)


def _look_at(lot: Lot, number: int) -> list[tuple[NDArray[np.uint8], bool, DefectKind | str]]:
    cv2.setNumThreads(1)
    duck = make_duck(lot.seed, number, defect_rate=lot.defect_rate, variation=lot.variation)
    kind = "" if duck.defect is None else duck.defect.kind
    return [(as_live(render(duck, view)), duck.truth(view) == "KO", kind) for view in VIEWS]
