"""One duck from one side, cut out: the order in which skin, marks, eye, beak and damage are put on."""

import cv2
import numpy as np
from numpy.typing import NDArray

from camera_agent.simulator import damage
from camera_agent.simulator.defects import Defect
from camera_agent.simulator.duck import Duck
from camera_agent.simulator.kinds import View
from camera_agent.simulator.shape import BEAK_ROOT, DuckShape, duck_shape
from camera_agent.simulator.surface import draw_eye, lit, over, ramp_of, with_coverage

_BEAK_HSV = (20.0, 0.94, 0.98)
_WRONG_HSV = ((128.0, 0.62, 0.78), (330.0, 0.55, 0.97), (208.0, 0.70, 0.90), (44.0, 0.06, 0.90), (2.0, 0.80, 0.84))


def duck_sprite(duck: Duck, view: View, px: float) -> tuple[NDArray[np.uint8], DuckShape]:
    """The duck, facing right, as premultiplied BGR and coverage (h, w, 4) uint8, and its shape.

    `px` is the number of pixels for each body unit. From the left the caller turns the picture round.
    """
    mirrored = view == "left"
    look, gloss = duck.look(view), duck.plastic.gloss
    shape = duck_shape(-duck.pose.yaw_deg if mirrored else duck.pose.yaw_deg, px)
    defect = duck.defect if duck.defect is not None and duck.defect.visible_from(view) else None
    kind = None if defect is None else defect.kind

    hsv = (duck.plastic.hue_deg, duck.plastic.saturation, duck.plastic.value)
    if defect is not None and kind == "wrong_colour":
        hsv = _WRONG_HSV[defect.variant % len(_WRONG_HSV)]
    skin = lit(shape.body, ramp_of(*hsv), look, gloss, mirrored=mirrored)
    if kind != "missing_eye":
        draw_eye(skin, shape)
    if defect is not None and kind == "stain":
        damage.stain(skin, shape, defect)
    elif defect is not None and kind == "scratch":
        damage.scratch(skin, shape, defect)
    sprite = with_coverage(skin, shape.body.alpha)
    if kind != "missing_beak":
        beak = with_coverage(lit(shape.beak, ramp_of(*_BEAK_HSV), look, gloss, mirrored=mirrored), shape.beak.alpha)
        if defect is not None and kind == "bent_beak":
            beak = _bent(beak, shape, defect)
        left, top = shape.beak.corner
        over(sprite[top : top + beak.shape[0], left : left + beak.shape[1]], beak)
    if defect is not None and kind == "short_shot":
        damage.short_shot(sprite, shape, defect)
    elif defect is not None and kind == "deformed":
        sprite = damage.deform(sprite, shape, defect)
    return sprite, shape


def _bent(beak: NDArray[np.uint8], shape: DuckShape, defect: Defect) -> NDArray[np.uint8]:
    """The beak turned about its root, up or down, and no longer quite as long."""
    angle_deg = (34.0 + 22.0 * defect.severity) * (1.0 if defect.angle_deg > 0.0 else -1.0)
    (x, y), (left, top) = shape.point(*BEAK_ROOT), shape.beak.corner
    turn = cv2.getRotationMatrix2D((x - left, y - top), angle_deg, 0.94)
    return np.asarray(cv2.warpAffine(beak, turn, (beak.shape[1], beak.shape[0]), flags=cv2.INTER_LINEAR), np.uint8)
