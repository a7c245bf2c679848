"""What defects do to the picture of a duck: marks on the skin, missing plastic, a warped body."""

import cv2
import numpy as np
from numpy.typing import NDArray

from camera_agent.simulator.defects import Defect
from camera_agent.simulator.shape import BASE_Y, DuckShape
from camera_agent.simulator.surface import SUBPIXEL_BITS

_STAINS = ((26, 40, 58), (38, 36, 34), (20, 52, 40), (60, 34, 26))  # rust, grease, moss, ink; BGR
_DEEP = 0.35  # brightness of an edge where the plastic ends


def stain(colour: NDArray[np.uint8], shape: DuckShape, defect: Defect) -> None:
    """Smear a few soft blots over the lit skin, in place."""
    rng = np.random.default_rng(defect.variant)
    mask = np.zeros(colour.shape[:2], np.uint8)
    radius = 0.13 + 0.10 * defect.severity
    for _ in range(7):
        reach, turn = radius * rng.uniform(0.0, 0.75), rng.uniform(0.0, 2.0 * np.pi)
        x, y = shape.point(defect.x + reach * np.cos(turn), defect.y + reach * np.sin(turn), 0.5)
        size = radius * shape.px * rng.uniform(0.35, 0.75, 2)
        cv2.ellipse(mask, (round(x), round(y)), _whole(size), rng.uniform(0, 180), 0, 360, 255, cv2.FILLED, cv2.LINE_AA)
    cv2.GaussianBlur(mask, (0, 0), shape.px * 0.018, dst=mask)
    _tint(colour, mask, _STAINS[int(rng.integers(len(_STAINS)))], 0.72 + 0.2 * defect.severity)


def scratch(colour: NDArray[np.uint8], shape: DuckShape, defect: Defect) -> None:
    """Draw a curved groove with a pale lip, and a shorter one beside it, in place."""
    rng = np.random.default_rng(defect.variant)
    length = 0.50 + 0.40 * defect.severity
    turn, bow = np.deg2rad(defect.angle_deg), rng.uniform(-0.12, 0.12)
    along = np.linspace(-0.5, 0.5, 13)
    width = max(2, round(shape.px * (0.036 + 0.016 * defect.severity)))
    for share, shift in ((1.0, 0.0), (0.55, 0.085)):
        local_x = along * length * share
        local_y = bow * (1.0 - 4.0 * along**2) + shift
        x = defect.x + local_x * np.cos(turn) - local_y * np.sin(turn)
        y = defect.y + local_x * np.sin(turn) + local_y * np.cos(turn)
        line = np.array([shape.point(px, py, 0.5) for px, py in zip(x, y, strict=True)])
        thick = max(1, round(width * share))
        _stroke(colour, line + np.array((0.0, 0.8 * thick)), thick, (196, 236, 250))
        _stroke(colour, line, thick, (24, 52, 78))


def short_shot(sprite: NDArray[np.uint8], shape: DuckShape, defect: Defect) -> None:
    """Take away the plastic that never filled the mould, in place; the edge of the rest is rounded and dark."""
    rng = np.random.default_rng(defect.variant)
    turn = np.linspace(0.0, 2.0 * np.pi, 48, endpoint=False)
    radius = 0.34 + 0.14 * defect.severity
    wobble = np.zeros_like(turn)
    for waves in (2, 3, 5):
        wobble += rng.uniform(0.02, 0.07) * np.sin(waves * turn + rng.uniform(0, 6.3))
    centre = np.array(shape.point(defect.x, defect.y))
    ring = np.stack((np.cos(turn), np.sin(turn)), axis=-1) * ((1.0 + wobble) * radius)[:, None]
    reach = round(1.6 * radius * shape.px)
    left, top = max(round(centre[0]) - reach, 0), max(round(centre[1]) - reach, 0)
    part = sprite[top : round(centre[1]) + reach, left : round(centre[0]) + reach]
    gone = np.zeros(part.shape[:2], np.uint8)
    _fill(gone, centre - (left, top) + ring * shape.px, 255)
    edge = cv2.GaussianBlur(gone, (0, 0), shape.px * 0.045)
    shade = cv2.LUT(edge, np.round(255.0 - np.arange(256) * (1.0 - _DEEP) * 1.6).clip(70, 255).astype(np.uint8))
    cv2.multiply(part, cv2.merge((shade, shade, shade, np.full_like(shade, 255))), dst=part, scale=1.0 / 255.0)
    kept = cv2.bitwise_not(gone)
    cv2.multiply(part, cv2.merge((kept, kept, kept, kept)), dst=part, scale=1.0 / 255.0)


def deform(sprite: NDArray[np.uint8], shape: DuckShape, defect: Defect) -> NDArray[np.uint8]:
    """The sprite as if it had left the mould too warm: head fallen, body sagged, or side sunk in."""
    rows, columns = sprite.shape[:2]
    x, y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
    strength = 0.75 + 0.5 * defect.severity
    kind = defect.variant % 3
    if kind == 0:
        map_x, map_y = _fallen_head(x, y, shape, strength * (1.0 if defect.angle_deg > 0.0 else -1.0))
    elif kind == 1:
        base = shape.point(0.0, BASE_Y)[1]
        middle = shape.point(0.0, 0.0)[0]
        map_y = _single(base + (y - base) / (1.0 - 0.30 * strength))
        map_x = _single(middle + (x - middle) / (1.0 + 0.10 * strength))
    else:
        map_x, map_y = _dent(x, y, shape, strength, defect)
    return np.asarray(cv2.remap(sprite, map_x, map_y, cv2.INTER_LINEAR), np.uint8)


def _fallen_head(
    x: NDArray[np.float32], y: NDArray[np.float32], shape: DuckShape, strength: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where each pixel comes from when what is above the neck has turned about it."""
    neck_x, neck_y = shape.point(0.40, 0.45)
    share = np.clip((neck_y + 0.22 * shape.px - y) / (0.55 * shape.px), 0.0, 1.0)
    angle = np.deg2rad(30.0 * strength) * share * share * (3.0 - 2.0 * share)
    dx, dy = x - neck_x, y - neck_y
    cosine, sine = np.cos(angle), np.sin(angle)
    return _single(neck_x + dx * cosine - dy * sine), _single(neck_y + dx * sine + dy * cosine)


def _dent(
    x: NDArray[np.float32], y: NDArray[np.float32], shape: DuckShape, strength: float, defect: Defect
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where each pixel comes from when back, breast or rump has been pushed in."""
    places = ((-0.25, 0.66, 0.0, -1.0), (0.98, 0.05, -1.0, 0.1), (-0.95, 0.10, 1.0, -0.2))
    at_x, at_y, push_x, push_y = places[(defect.variant // 3) % len(places)]
    centre_x, centre_y = shape.point(at_x, at_y)
    reach = 0.42 * shape.px
    distance = ((x - centre_x) ** 2 + (y - centre_y) ** 2) / (0.62 * reach) ** 2
    depth = 0.34 * strength * shape.px * np.exp(-0.5 * distance)
    return _single(x - push_x * depth), _single(y + push_y * depth)


def _single(values: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.asarray(values, np.float32)


def _tint(colour: NDArray[np.uint8], mask: NDArray[np.uint8], bgr: tuple[int, int, int], strength: float) -> None:
    """Blend a colour in where the mask says so, in place."""
    x, y, width, height = cv2.boundingRect(mask)
    if width == 0 or height == 0:
        return
    part = colour[y : y + height, x : x + width]
    share = mask[y : y + height, x : x + width, None] * np.float32(strength / 255.0)
    part[:] = np.round(part * (1.0 - share) + np.array(bgr, np.float32) * share).astype(np.uint8)


def _stroke(image: NDArray[np.uint8], line: NDArray[np.float64], width: int, bgr: tuple[int, int, int]) -> None:
    points = np.round(line * (1 << SUBPIXEL_BITS)).astype(np.int32)
    cv2.polylines(
        image, [points], isClosed=False, color=bgr, thickness=width, lineType=cv2.LINE_AA, shift=SUBPIXEL_BITS
    )


def _fill(mask: NDArray[np.uint8], outline: NDArray[np.float64], level: int) -> None:
    points = np.round(outline * (1 << SUBPIXEL_BITS)).astype(np.int32)
    cv2.fillPoly(mask, [points], (level,), cv2.LINE_AA, SUBPIXEL_BITS)


def _whole(size: NDArray[np.float64]) -> tuple[int, int]:
    return max(1, round(float(size[0]))), max(1, round(float(size[1])))
