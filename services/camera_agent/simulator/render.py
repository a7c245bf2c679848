"""The picture that one camera takes of one duck: pure, from values to pixels."""

import cv2
import numpy as np
from numpy.typing import NDArray

from camera_agent.simulator import scene
from camera_agent.simulator.duck import MAX_YAW_DEG, Duck, Look
from camera_agent.simulator.kinds import Variation, View
from camera_agent.simulator.shape import BASE_Y, YAW_STEP_DEG, DuckShape, duck_shape
from camera_agent.simulator.sprite import duck_sprite

_PX_PER_UNIT = 136.0 / 480.0  # how large a body unit is in the picture, as a share of its height

_MAX_PX_PER_UNIT = 280  # ducks are drawn no larger than this and then enlarged: a shape takes time and memory


def render(duck: Duck, view: View, width_px: int = 640, height_px: int = 480) -> NDArray[np.uint8]:
    """The frame (height_px, width_px, 3) uint8 BGR of this duck from this side; the same values, the same bytes."""
    look = duck.look(view)
    frame = scene.backdrop(duck.variation, width_px, height_px).copy()
    _lay_belt(frame, duck, look)
    px = _px(height_px)
    side = -1.0 if view == "left" else 1.0
    foot_x = width_px / 2 + side * duck.pose.along * height_px
    foot_y = (scene.STAND + side * duck.pose.across) * height_px
    # Further back is a little smaller, as a lens sees it.
    scale = duck.pose.scale * (1.0 + 0.5 * side * duck.pose.across) * _PX_PER_UNIT * height_px / px
    _lay_shadow(frame, px, (foot_x, foot_y), scale, look)
    sprite, shape = duck_sprite(duck, view, px)
    _lay_sprite(frame, sprite, _placement(duck, shape, view, (foot_x, foot_y), scale))
    return _expose(frame, look)


def prepare(variation: Variation, width_px: int, height_px: int) -> None:
    """Make now what every frame of this size needs, so that the first ducks are not late."""
    scene.backdrop(variation, width_px, height_px)
    scene.belt(variation, width_px, height_px)
    for yaw_deg in np.arange(-MAX_YAW_DEG, MAX_YAW_DEG + YAW_STEP_DEG, YAW_STEP_DEG):
        duck_shape(float(yaw_deg), _px(height_px))


def _px(height_px: int) -> float:
    return float(min(round(_PX_PER_UNIT * height_px), _MAX_PX_PER_UNIT))


def _lay_belt(frame: NDArray[np.uint8], duck: Duck, look: Look) -> None:
    height, width = frame.shape[:2]
    start = int(look.belt_phase * width)
    top, low = round(scene.BELT_BACK * height), round(scene.BELT_FRONT * height)
    frame[top:low] = scene.belt(duck.variation, width, height)[:, start : start + width]


def _lay_shadow(frame: NDArray[np.uint8], px: float, foot: tuple[float, float], scale: float, look: Look) -> None:
    """Darken the belt round the duck's foot, away from the lamp."""
    shade = scene.shadow(round(px))
    rows, columns = shade.shape
    lean = -np.sin(np.deg2rad(look.light_deg)) * 0.30 * px
    left, top = round(foot[0] - columns * scale / 2), round(foot[1] - rows * scale / 2)
    size = (round(columns * scale), round(rows * scale))
    place = np.array(((scale, 0.0, lean * 0.5), (0.0, scale, 0.0)))
    grown = cv2.warpAffine(shade, place, size, borderMode=cv2.BORDER_CONSTANT, borderValue=(255,))
    x0, y0, x1, y1 = _clip(left, top, size, frame)
    if x0 < x1 and y0 < y1:
        part = frame[y0:y1, x0:x1]
        cut = grown[y0 - top : y1 - top, x0 - left : x1 - left]
        cv2.multiply(part, cv2.merge((cut, cut, cut)), dst=part, scale=1.0 / 255.0)


def _placement(
    duck: Duck, shape: DuckShape, view: View, foot: tuple[float, float], scale: float
) -> NDArray[np.float64]:
    """The affine map (2, 3) from the sprite's pixels to the frame's: turn, scale, face the right way, stand there."""
    side = -1.0 if view == "left" else 1.0
    roll = np.deg2rad(duck.pose.roll_deg)
    base_x, base_y = shape.point(0.0, BASE_Y)
    linear = scale * np.array(((side * np.cos(roll), side * np.sin(roll)), (-np.sin(roll), np.cos(roll))))
    shift = np.array(foot) - linear @ np.array((base_x, base_y))
    return np.hstack((linear, shift[:, None]))


def _lay_sprite(frame: NDArray[np.uint8], sprite: NDArray[np.uint8], place: NDArray[np.float64]) -> None:
    rows, columns = sprite.shape[:2]
    corners = np.array(((0, 0), (columns, 0), (0, rows), (columns, rows)), np.float64) @ place[:, :2].T + place[:, 2]
    left, top = np.floor(corners.min(axis=0)).astype(int)
    right, low = np.ceil(corners.max(axis=0)).astype(int)
    x0, y0, x1, y1 = _clip(int(left), int(top), (int(right - left), int(low - top)), frame)
    if x0 >= x1 or y0 >= y1:
        return
    local = place.copy()
    local[:, 2] -= (x0, y0)
    layer = cv2.warpAffine(sprite, local, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
    rest = cv2.bitwise_not(layer[..., 3])
    part = frame[y0:y1, x0:x1]
    cv2.multiply(part, cv2.merge((rest, rest, rest)), dst=part, scale=1.0 / 255.0)
    cv2.add(part, cv2.cvtColor(layer, cv2.COLOR_BGRA2BGR), dst=part)


def _expose(frame: NDArray[np.uint8], look: Look) -> NDArray[np.uint8]:
    """What lens and sensor make of the scene: light and white balance, blur, noise."""
    height, width = frame.shape[:2]
    balance = look.gain * np.diag((1.0 - look.warmth, 1.0, 1.0 + look.warmth))
    image = cv2.transform(frame, balance.astype(np.float32))
    blur_px = look.blur_px * height / 480.0
    if blur_px > 0.3:  # noqa: PLR2004 - less than this cannot be seen
        reach = 2 * max(1, round(1.8 * blur_px)) + 1
        image = cv2.GaussianBlur(image, (reach, reach), blur_px)
    added, taken = scene.noise(width, height, round(look.noise * 2.0))
    start = int(look.noise_phase * 64)
    image = cv2.add(image, added[:, start : start + width])
    return np.asarray(cv2.subtract(image, taken[:, start : start + width]), np.uint8)


def _clip(left: int, top: int, size: tuple[int, int], frame: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """The rectangle as far as it lies in the frame: x0, y0, x1, y1."""
    height, width = frame.shape[:2]
    return max(left, 0), max(top, 0), min(left + size[0], width), min(top + size[1], height)
