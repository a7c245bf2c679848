"""A grid over a turned input, laid upright over the frame, so that whoever shows it needs to know of no turn."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference_agent.geometry import Geometry

Places = NDArray[np.float32]


def upright(places: Places, geometry: Geometry) -> tuple[Places, Geometry]:
    """The grid (h, w) over the frame's own axes, and the geometry that belongs to it; as they came if nothing turned.

    What the input did not show is 0: nothing is known to be odd there.
    """
    if geometry.affine is None:
        return places, geometry
    x0, y0, x1, y1 = geometry.frame_box
    high, wide = places.shape
    a, b, c, d, e, f = geometry.affine
    # Cells of the new grid are as large as those of the old: the turned square's box has up to twice its area.
    columns = max(1, round(wide * (x1 - x0) / max(1e-9, float(np.hypot(a, d * (x1 - x0) / max(1e-9, y1 - y0))))))
    rows = max(1, round(high * (y1 - y0) / max(1e-9, float(np.hypot(e, b * (y1 - y0) / max(1e-9, x1 - x0))))))
    columns, rows = min(columns, 2 * wide), min(rows, 2 * high)
    xs = x0 + (np.arange(columns) + 0.5) / columns * (x1 - x0) - c
    ys = y0 + (np.arange(rows) + 0.5) / rows * (y1 - y0) - f
    grid_x, grid_y = np.meshgrid(xs, ys)
    determinant = a * e - b * d
    u, v = (e * grid_x - b * grid_y) / determinant, (a * grid_y - d * grid_x) / determinant
    laid = cv2.remap(
        np.ascontiguousarray(places, np.float32),
        (u * wide - 0.5).astype(np.float32),
        (v * high - 0.5).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(0.0,),
    )
    return np.asarray(laid, np.float32), Geometry(geometry.width_px, geometry.height_px, x1 - x0, y1 - y0, x0, y0)
