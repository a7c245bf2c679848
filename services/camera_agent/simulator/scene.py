"""Where the duck stands: wall, conveyor and rails, drawn once for each frame size, and the camera's noise."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from camera_agent.simulator.kinds import Variation

HORIZON, BELT_BACK, BELT_FRONT = 0.56, 0.63, 0.90  # rows of the picture, as shares of its height
STAND = 0.80  # the row on which the duck stands


@dataclass(frozen=True, slots=True)
class _Palette:
    wall: tuple[int, int, int]
    wall_low: tuple[int, int, int]
    belt: tuple[int, int, int]
    metal: tuple[int, int, int]
    accent: tuple[int, int, int]


_PALETTES: dict[Variation, _Palette] = {
    "normal": _Palette((92, 80, 66), (58, 50, 42), (62, 66, 58), (188, 184, 178), (150, 110, 40)),
    "unseen": _Palette((150, 164, 172), (108, 122, 132), (140, 92, 52), (150, 150, 150), (60, 70, 200)),
}


@lru_cache(maxsize=8)
def backdrop(variation: Variation, width: int, height: int) -> NDArray[np.uint8]:
    """Everything that does not move, (height, width, 3) uint8 BGR; the belt's rows are left plain."""
    palette = _PALETTES[variation]
    unit = height / 480.0
    image = np.zeros((height, width, 3), np.float32)
    wall_rows = round(BELT_BACK * height)
    fade = np.linspace(0.0, 1.0, wall_rows, dtype=np.float32)[:, None, None]
    image[:wall_rows] = np.array(palette.wall) * (1.0 - fade) + np.array(palette.wall_low) * fade
    _machines(image, palette, unit, wall_rows)
    image[:wall_rows] = cv2.GaussianBlur(image[:wall_rows], (0, 0), 7.0 * unit)
    _bar(image, round((BELT_BACK - 0.055) * height), round(BELT_BACK * height), palette.metal, unit)
    belt_rows = slice(round(BELT_BACK * height), round(BELT_FRONT * height))
    image[belt_rows] = palette.belt
    _bar(image, round(BELT_FRONT * height), height, palette.metal, unit)
    x = np.linspace(-1.0, 1.0, width, dtype=np.float32)[None, :]
    y = np.linspace(-1.0, 1.0, height, dtype=np.float32)[:, None]
    image *= (1.06 - 0.22 * (x * x) - 0.12 * (y * y))[..., None]
    return _to_bytes(image)


@lru_cache(maxsize=8)
def belt(variation: Variation, width: int, height: int) -> NDArray[np.uint8]:
    """The rows of the belt, (rows, 2 * width, 3) uint8 BGR: any `width` columns of it are a piece of belt."""
    palette = _PALETTES[variation]
    rows, columns = round(BELT_FRONT * height) - round(BELT_BACK * height), 2 * width
    rng = np.random.default_rng(20)
    unit = height / 480.0
    # Rubber: fine grain, finer and flatter towards the back, with scuffs along the direction of travel.
    grain = cv2.GaussianBlur(rng.normal(0.0, 1.0, (rows, columns)).astype(np.float32), (0, 0), 0.8 * unit)
    scuffs = cv2.GaussianBlur(rng.normal(0.0, 1.0, (rows, columns)).astype(np.float32), (0, 0), 26.0 * unit, sigmaY=0.9)
    near = np.linspace(0.35, 1.0, rows, dtype=np.float32)[:, None]
    level = 1.0 + near * (0.055 * grain / grain.std() + 0.045 * scuffs / scuffs.std())
    weave = 1.0 + 0.05 * near * np.sign(np.sin(np.arange(columns, dtype=np.float32) / (3.0 * unit)))[None, :]
    sheen = 0.82 + 0.36 * np.linspace(1.0, 0.0, rows, dtype=np.float32)[:, None] ** 1.5
    strip = (level * weave * sheen)[..., None] * np.array(palette.belt, np.float32)
    edge = max(2, round(3 * unit))
    strip[:edge] *= 0.45  # the shadow under the rail
    strip[-edge:] *= 1.35
    return _to_bytes(strip)


@lru_cache(maxsize=16)
def shadow(px: int) -> NDArray[np.uint8]:
    """How much of the light gets to the belt under and round a duck, (h, w) uint8, `px` pixels a body unit.

    It is 3.2 units wide and 0.9 high, with the middle of the duck's base at its centre.
    """
    rows, columns = round(0.9 * px), round(3.2 * px)
    soft, contact = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    centre = (columns // 2, rows // 2)
    cv2.ellipse(soft, centre, (round(1.02 * px), round(0.20 * px)), 0, 0, 360, (0.50,), cv2.FILLED)
    cv2.GaussianBlur(soft, (0, 0), px * 0.085, dst=soft)
    cv2.ellipse(contact, centre, (round(0.74 * px), round(0.07 * px)), 0, 0, 360, (0.55,), cv2.FILLED)
    cv2.GaussianBlur(contact, (0, 0), px * 0.028, dst=contact)
    return _to_bytes(np.round(255.0 * (1.0 - soft) * (1.0 - contact)))


@lru_cache(maxsize=16)
def noise(width: int, height: int, level: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """What a sensor adds and what it takes, each (height, width + 64, 3) uint8; `level` is twice the deviation."""
    rng = np.random.default_rng(7)
    grain = rng.normal(0.0, level / 2.0, (height, width + 64, 3)).round()
    return np.maximum(grain, 0).astype(np.uint8), np.maximum(-grain, 0).astype(np.uint8)


def _to_bytes(levels: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.asarray(np.clip(levels, 0.0, 255.0), np.uint8)


def _machines(image: NDArray[np.float32], palette: _Palette, unit: float, rows: int) -> None:
    """What stands behind the line, out of focus: posts, a cabinet, lamps."""
    width = image.shape[1]
    post = np.array(palette.metal, np.float32) * 0.62
    for share, half in ((0.07, 16.0), (0.93, 16.0), (0.52, 7.0)):
        x = round(share * width)
        image[:rows, max(0, x - round(half * unit)) : x + round(half * unit)] = post
    top, low = round(40 * unit), round(150 * unit)
    image[top:low, round(0.14 * width) : round(0.40 * width)] = np.array(palette.wall, np.float32) * 0.66
    image[top + round(16 * unit) : low, round(0.60 * width) : round(0.84 * width)] = np.array(palette.accent) * 0.75
    image[round(190 * unit) : round(212 * unit), :] = post * 0.7
    for share, row, bgr in ((0.20, 62, (120, 220, 130)), (0.24, 62, (120, 200, 240)), (0.73, 84, (235, 235, 225))):
        cv2.circle(image, (round(share * width), round(row * unit)), round(7 * unit), bgr, cv2.FILLED, cv2.LINE_AA)


def _bar(image: NDArray[np.float32], top: int, low: int, metal: tuple[int, int, int], unit: float) -> None:
    """A brushed aluminium profile across the picture, with its groove and bolts."""
    rows, width = low - top, image.shape[1]
    turn = np.linspace(0.0, 1.0, rows, dtype=np.float32)[:, None]
    round_off = 0.62 + 0.42 * np.exp(-(((turn - 0.22) / 0.20) ** 2)) - 0.20 * turn
    rng = np.random.default_rng(rows)
    brushed = cv2.GaussianBlur(rng.normal(0.0, 1.0, (rows, width)).astype(np.float32), (0, 0), 40.0 * unit, sigmaY=0.6)
    image[top:low] = (round_off + 0.03 * brushed / (brushed.std() + 1e-6))[..., None] * np.array(metal, np.float32)
    groove = top + round(0.58 * rows)
    image[groove : groove + max(1, round(0.10 * rows))] *= 0.42
    for share in (0.12, 0.5, 0.88):
        centre = (round(share * width), top + round(0.30 * rows))
        cv2.circle(image, centre, max(2, round(0.13 * rows)), [0.45 * c for c in metal], cv2.FILLED, cv2.LINE_AA)
        cv2.circle(image, centre, max(1, round(0.07 * rows)), [0.75 * c for c in metal], cv2.FILLED, cv2.LINE_AA)
    image[top : top + 1] *= 0.5
    image[low - 1 : low] *= 0.5
