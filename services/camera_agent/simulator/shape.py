"""The duck's shape: a handful of ellipsoids, seen along one direction, as relief maps that can be lit.

Body units: the origin is the middle of the body, x points to the beak, y up, z to the camera on the right side. The
body is about two units long. The left side is the mirror image of the right side with the yaw turned round.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

YAW_STEP_DEG = 3.0  # turning by less is not worth another relief in the cache
X_MIN, X_MAX, Y_MIN, Y_MAX = -1.50, 1.60, -0.62, 1.58
BASE_Y = -0.56  # the flat bottom that the duck stands on
EYE = (0.70, 1.10, 0.455)
BEAK_ROOT = (0.98, 0.90)
_BEAK_BOX = (0.50, 1.60, 0.36, 1.44)  # x and y between which the beak stays, bent or not


@dataclass(frozen=True, slots=True)
class _Ellipsoid:
    """Middle, half axes, and a turn in the x-y plane in degrees, counter-clockwise."""

    middle: tuple[float, float, float]
    axes: tuple[float, float, float]
    turn_deg: float = 0.0

    def turned(self, yaw_deg: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Its middle and its quadric matrix after the duck has turned about the vertical."""
        yaw, turn = np.deg2rad(yaw_deg), np.deg2rad(self.turn_deg)
        about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
        about_z = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
        frame = about_y @ about_z
        return about_y @ np.array(self.middle), frame @ np.diag(1.0 / np.square(self.axes)) @ frame.T


_BODY = (
    _Ellipsoid((-0.08, 0.00, 0.0), (0.98, 0.60, 0.66), -4.0),
    _Ellipsoid((0.42, 0.06, 0.0), (0.58, 0.62, 0.60)),
    _Ellipsoid((-0.86, 0.32, 0.0), (0.52, 0.24, 0.30), -34.0),
    _Ellipsoid((-1.08, 0.50, 0.0), (0.30, 0.13, 0.20), -44.0),
    _Ellipsoid((0.48, 0.52, 0.0), (0.36, 0.38, 0.36)),
    _Ellipsoid((0.50, 0.98, 0.0), (0.53, 0.50, 0.50)),
)
_WINGS = (
    _Ellipsoid((-0.16, 0.06, 0.58), (0.46, 0.27, 0.17), -16.0),
    _Ellipsoid((-0.46, 0.20, 0.54), (0.30, 0.15, 0.14), -30.0),
    _Ellipsoid((-0.16, 0.06, -0.58), (0.46, 0.27, 0.17), -16.0),
)
_BEAK = (
    _Ellipsoid((1.06, 0.93, 0.0), (0.30, 0.115, 0.25), 8.0),
    _Ellipsoid((1.20, 0.965, 0.0), (0.20, 0.075, 0.23), 22.0),
    _Ellipsoid((1.04, 0.81, 0.0), (0.25, 0.075, 0.20), -8.0),
)


@dataclass(frozen=True, slots=True)
class _Grid:
    """The middles of the pixels in body units, x as (1, columns) and y as (rows, 1), `px` of them to a unit."""

    px: float
    x: NDArray[np.float32]
    y: NDArray[np.float32]

    @classmethod
    def of(cls, px: float) -> "_Grid":
        columns, rows = round((X_MAX - X_MIN) * px), round((Y_MAX - Y_MIN) * px)
        x = X_MIN + (np.arange(columns, dtype=np.float32) + 0.5) / px
        y = Y_MAX - (np.arange(rows, dtype=np.float32) + 0.5) / px
        return cls(px, x[None, :].astype(np.float32), y[:, None].astype(np.float32))

    def box(self, middle: NDArray[np.float64], radius: float) -> tuple[slice, slice]:
        """Rows and columns outside of which a part of this radius cannot be: most parts are small."""
        columns = np.flatnonzero(np.abs(self.x[0] - middle[0]) < radius)
        rows = np.flatnonzero(np.abs(self.y[:, 0] - middle[1]) < radius)
        return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


@dataclass(frozen=True, slots=True)
class Relief:
    """One layer of the duck.

    `surface`: (5, h, w) float32, planes of the unit normal (x right, y up, z to the camera), of a tone (-1 in creases,
    0 in the open) and of ones, so that one product of matrices lights it; `alpha`: (h, w) uint8 coverage; `corner`:
    the column and row of its top left pixel on the whole sprite.
    """

    surface: NDArray[np.float32]
    alpha: NDArray[np.uint8]
    corner: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class DuckShape:
    """The duck turned by one yaw, `px` pixels for each body unit: its layers, and where things are on them."""

    px: float
    yaw_deg: float
    body: Relief
    beak: Relief

    def point(self, x: float, y: float, z: float = 0.0) -> tuple[float, float]:
        """Where a point in body units falls, in pixels from the top left corner."""
        yaw = np.deg2rad(self.yaw_deg)
        return (float(x * np.cos(yaw) + z * np.sin(yaw)) - X_MIN) * self.px, (Y_MAX - y) * self.px


def duck_shape(yaw_deg: float, px: float) -> DuckShape:
    """The shape for the nearest yaw that is kept."""
    return _build(round(yaw_deg / YAW_STEP_DEG) * YAW_STEP_DEG, px)


@lru_cache(maxsize=64)
def _build(yaw_deg: float, px: float) -> DuckShape:
    grid = _Grid.of(px)
    skin, cover, depth = _blend((*_BODY, *_WINGS), yaw_deg, grid, sharpness=14.0)
    lips, beak_cover, beak_depth = _blend(_BEAK, yaw_deg, grid, sharpness=40.0)

    # Concave joins (neck, tail) are rounded as a mould rounds them: blur the outline, then sharpen it again.
    soft = cv2.GaussianBlur(cover, (0, 0), px * 0.035)
    cover = np.maximum(cover, np.clip((soft - 0.5) * px * 0.08 + 0.5, 0.0, 1.0))
    cover *= np.clip((grid.y - BASE_Y) * px + 0.5, 0.0, 1.0)
    beak_cover *= np.clip((beak_depth - depth) * px * 0.25 + 0.5, 0.0, 1.0)

    # Light comes from above: the belly and the crease round the wing get less of it.
    belly = np.clip((0.05 - grid.y) / 0.65, 0.0, 1.0) ** 1.5
    step = depth - cv2.GaussianBlur(depth, (0, 0), px * 0.05)
    crease = np.where(cover > 0.99, np.clip(-step * 9.0, 0.0, 0.5), 0.0)  # noqa: PLR2004 - inside, off the outline
    tone = -(0.75 * belly + crease).astype(np.float32)
    body = Relief(_planes(skin, tone), _to_bytes(cover))
    beak = Relief(_planes(lips, np.zeros_like(tone)), _to_bytes(beak_cover))
    return DuckShape(px, yaw_deg, body, _cut(beak, px))


def _cut(beak: Relief, px: float) -> Relief:
    """The beak without the emptiness round it, which costs as much to light as the beak."""
    x0, x1, y0, y1 = _BEAK_BOX
    columns = slice(round((x0 - X_MIN) * px), round((x1 - X_MIN) * px))
    rows = slice(round((Y_MAX - y1) * px), round((Y_MAX - y0) * px))
    surface = np.ascontiguousarray(beak.surface[:, rows, columns])
    return Relief(surface, np.ascontiguousarray(beak.alpha[rows, columns]), (columns.start, rows.start))


def _blend(
    parts: tuple[_Ellipsoid, ...], yaw_deg: float, grid: _Grid, sharpness: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Normals (h, w, 3), coverage (h, w) in 0..1 and depth (h, w) of parts that melt into each other."""
    px, shape = grid.px, (grid.y.shape[0], grid.x.shape[1])
    normals = np.zeros((*shape, 3), np.float32)
    total = np.full(shape, 1e-12, np.float32)
    depth = np.full(shape, -1.0, np.float32)
    cover = np.zeros(shape, np.float32)
    for part in parts:
        middle, quadric = part.turned(yaw_deg)
        q = quadric.astype(np.float32)
        box = grid.box(middle, max(part.axes[:2]) + 2.0 / px)
        dx, dy = grid.x[:, box[1]] - np.float32(middle[0]), grid.y[box[0]] - np.float32(middle[1])
        b = (q[0, 2] * dx + q[1, 2] * dy) / q[2, 2]
        flat = q[0, 0] * dx * dx + 2.0 * q[0, 1] * dx * dy + q[1, 1] * dy * dy - q[2, 2] * b * b
        dz = np.sqrt(np.maximum(1.0 - flat, 0.0) / q[2, 2]) - b
        z = dz + np.float32(middle[2])
        inside = flat < 1.0
        weight = np.where(inside, np.exp(sharpness * z), np.float32(0.0))
        normal = [q[i, 0] * dx + q[i, 1] * dy + q[i, 2] * dz for i in range(3)]
        length = np.sqrt(normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2) + 1e-6
        for axis in range(3):
            normals[*box, axis] += weight * normal[axis] / length
        total[box] += weight
        depth[box] = np.where(inside, np.maximum(depth[box], z), depth[box])
        reach = px * min(part.axes[0], part.axes[1])
        edge = np.clip(0.5 + (1.0 - np.sqrt(np.maximum(flat, 0.0))) * reach, 0.0, 1.0)
        cover[box] = np.maximum(cover[box], edge)
    smooth = cv2.GaussianBlur(normals / total[..., None], (0, 0), max(px * 0.012, 0.5))
    length = np.sqrt(np.einsum("ijk,ijk->ij", smooth, smooth)) + 1e-6
    return (smooth / length[..., None]).astype(np.float32), cover, depth


def _planes(normals: NDArray[np.float32], tone: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.stack((*np.moveaxis(normals, 2, 0), tone, np.ones_like(tone))).astype(np.float32)


def _to_bytes(share: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.round(share * 255.0).astype(np.uint8)
