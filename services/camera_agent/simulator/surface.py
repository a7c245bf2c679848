"""Light on plastic: from relief and colour to pixels, and the eye that is printed on the skin."""

import colorsys
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from camera_agent.simulator.duck import Look
from camera_agent.simulator.shape import EYE, DuckShape, Relief

SUBPIXEL_BITS = 4  # cv2 draws at sixteenths of a pixel: edges do not jump from one duck to the next
_KEY_SHARPNESS, _FILL_SHARPNESS = 0.86, 0.80  # cosine at which a highlight begins


def lit(relief: Relief, ramp: NDArray[np.uint8], look: Look, gloss: float, *, mirrored: bool) -> NDArray[np.uint8]:
    """The relief under the lamp, (h, w, 3) uint8 BGR; `mirrored` if the picture will be turned to face left."""
    side = np.deg2rad(-look.light_deg if mirrored else look.light_deg)
    lift = np.deg2rad(look.lift_deg)
    lamp = np.array([np.sin(side) * np.cos(lift), np.sin(lift), np.cos(side) * np.cos(lift)])
    key = lamp + np.array((0.0, 0.0, 1.0))
    key /= np.linalg.norm(key)
    fill = np.array([-0.62 if mirrored else 0.62, 0.30, 0.72])
    fill /= np.linalg.norm(fill)

    # One matrix gives all three light terms of every pixel, saturated to bytes: shade, and how near to a highlight.
    hardness = 0.50 * look.contrast
    shade = (*(255.0 * hardness * lamp), 95.0, 255.0 * (0.80 - hardness * 0.62))
    key_near = (*(255.0 / (1.0 - _KEY_SHARPNESS) * key), 0.0, -255.0 * _KEY_SHARPNESS / (1.0 - _KEY_SHARPNESS))
    fill_near = (*(255.0 / (1.0 - _FILL_SHARPNESS) * fill), 0.0, -255.0 * _FILL_SHARPNESS / (1.0 - _FILL_SHARPNESS))
    # einsum, not @: a BLAS would spread this over threads, and the other agents need the cores.
    lights = np.array((shade, key_near, fill_near), np.float32)
    terms = np.einsum("ij,jp->ip", lights, relief.surface.reshape(5, -1))
    np.maximum(terms, 0.0, out=terms)
    levels = cv2.convertScaleAbs(terms).reshape(3, *relief.alpha.shape)
    key_table, fill_table = _highlights(round(gloss, 2))
    shine = cv2.add(cv2.LUT(levels[1], key_table), cv2.LUT(levels[2], fill_table))
    return np.asarray(cv2.add(cv2.applyColorMap(levels[0], ramp), cv2.merge((shine, shine, shine))), np.uint8)


@lru_cache(maxsize=128)
def _highlights(gloss: float) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """What nearness to a highlight becomes: a tight one from the lamp, a faint wide one from the hall; 256 each."""
    near = np.arange(256) / 255.0
    key = 255.0 * gloss * np.clip((near - 0.62) / 0.30, 0.0, 1.0) ** 1.6 * 0.78 + 26.0 * gloss * near**2
    fill = 46.0 * gloss * near**2.5
    return np.clip(key, 0.0, 255.0).astype(np.uint8), np.clip(fill, 0.0, 255.0).astype(np.uint8)


def ramp_of(hue_deg: float, saturation: float, value: float) -> NDArray[np.uint8]:
    """The colours of one plastic from darkest shade to full light, (256, 1, 3) uint8 BGR.

    Thin plastic glows: its shade leans to red and stays saturated, its lights turn pale.
    """
    dark = np.array(colorsys.hsv_to_rgb(((hue_deg - 15.0) % 360.0) / 360.0, min(saturation * 1.08, 1.0), value * 0.30))
    middle = np.array(colorsys.hsv_to_rgb(((hue_deg - 6.0) % 360.0) / 360.0, min(saturation * 1.04, 1.0), value * 0.80))
    full = np.array(colorsys.hsv_to_rgb(hue_deg / 360.0, saturation, value))
    pale = full + (1.0 - full) * 0.38
    stops = np.array((0.0, 0.45, 0.78, 1.0)) * 255.0
    colours = np.stack((dark, middle, full, pale))[:, ::-1] * 255.0
    ramp = np.stack([np.interp(np.arange(256), stops, colours[:, channel]) for channel in range(3)], axis=-1)
    return np.round(ramp).astype(np.uint8)[:, None, :]


def with_coverage(colour: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Premultiplied BGR and coverage, (h, w, 4) uint8: layers then add up without dark fringes."""
    blue, green, red = cv2.split(cv2.multiply(colour, cv2.merge((alpha, alpha, alpha)), scale=1.0 / 255.0))
    return np.asarray(cv2.merge((blue, green, red, alpha)), np.uint8)


def over(below: NDArray[np.uint8], above: NDArray[np.uint8]) -> None:
    """Lay one premultiplied layer on another of the same size, in place."""
    rest = cv2.bitwise_not(above[..., 3])
    cv2.multiply(below, cv2.merge((rest, rest, rest, rest)), dst=below, scale=1.0 / 255.0)
    cv2.add(below, above, dst=below)


def draw_eye(colour: NDArray[np.uint8], shape: DuckShape) -> None:
    """Print the eye on the lit skin: white, pupil, glint, narrower the more the head turns away."""
    centre = shape.point(*EYE)
    turn = np.deg2rad(shape.yaw_deg + 22.0)  # the eye looks a little forward
    slim = max(float(np.cos(turn)), 0.35)
    for dx, dy, width, height, bgr in (
        (0.0, 0.0, 0.128, 0.150, (242, 246, 246)),
        (0.022, -0.004, 0.092, 0.116, (28, 20, 16)),
        (0.052, 0.048, 0.030, 0.034, (252, 252, 252)),
    ):
        middle = (centre[0] + dx * slim * shape.px, centre[1] - dy * shape.px)
        _ellipse(colour, middle, (width * slim * shape.px, height * shape.px), bgr)


def _ellipse(
    image: NDArray[np.uint8], middle: tuple[float, float], axes: tuple[float, float], bgr: tuple[int, int, int]
) -> None:
    one = 1 << SUBPIXEL_BITS
    centre = (round(middle[0] * one), round(middle[1] * one))
    size = (round(axes[0] * one), round(axes[1] * one))
    cv2.ellipse(image, centre, size, 0.0, 0.0, 360.0, bgr, cv2.FILLED, cv2.LINE_AA, SUBPIXEL_BITS)
