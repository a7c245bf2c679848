"""Frames as small pictures of half blocks: two pixels in each cell of a terminal."""

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style

from okko import contracts as c
from okko.image_header import is_complete, read_size
from okko.watch.canvas import Line
from okko.watch.marks import marked
from okko.watch.seen import Shot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HALF_BLOCK = "▀"
NARROWEST, WIDEST = 12, 40
"""Cells: below it nothing can be told, beyond it the terminal is busy drawing."""

PICTURES_PER_S = 4
MAX_BYTES = 16 * 1024 * 1024
MAX_PIXELS = 50_000_000
"""What is larger is not decoded here: a watcher must not take the memory of the line."""

_STEP = 8
"""Colours in steps: cells that look the same share their escape codes."""


def can_show(console: Console) -> bool:
    """Whether this terminal has the colours for pictures, and this installation has what decodes them."""
    colours = console.color_system in {"truecolor", "256"}
    return colours and not console.no_color and importlib.util.find_spec("cv2") is not None


@dataclass
class Gallery:
    """The pictures as they were last drawn: of each camera a few a second at most."""

    cameras: int
    _drawn: dict[str, "_Drawn"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Load OpenCV now: a quarter of a second of work is not to fall among the first parts."""
        importlib.import_module("cv2")

    def draw(self, camera: str, shot: Shot, width: int, now_ns: int) -> tuple[Shot, list[Line]]:
        """A camera's picture this many cells wide, with what it shows: the last one, until it is time for a new one."""
        last = self._drawn.get(camera)
        if last is not None and last.width == width:
            pause_ns = max(1, self.cameras) * 1_000_000_000 // PICTURES_PER_S
            if shot.frame is last.shot.frame or now_ns - last.at_ns < pause_ns:
                return last.shot, last.lines
        lines = thumbnail(shot.frame, width, shot.predictions)
        self._drawn[camera] = _Drawn(shot, width, now_ns, lines)
        return shot, lines


@dataclass(frozen=True, slots=True)
class _Drawn:
    shot: Shot
    width: int
    at_ns: int
    lines: list[Line]


def rows_of(frame: c.Frame, width: int) -> int:
    """How many lines a frame takes at this width: a cell is about twice as high as wide."""
    return max(1, round(frame.height_px * width / frame.width_px / 2))


def widest(shots: Mapping[str, Shot], width: int, height: int) -> int:
    """How wide each picture can be where all stand side by side in this room; 0: there is too little."""
    if not shots:
        return 0
    each = min(WIDEST, (width + 2) // len(shots) - 2)
    while each >= NARROWEST and max(rows_of(shot.frame, each) for shot in shots.values()) > height:
        each -= 1
    return each if each >= NARROWEST else 0


def thumbnail(frame: c.Frame, width: int, predictions: Sequence[c.Prediction] = ()) -> list[Line]:
    """The frame in half blocks, with what was found in it; empty where it cannot be decoded."""
    pixels = _decoded(frame, width, rows_of(frame, width) * 2)
    return [] if pixels is None else half_blocks(marked(pixels, frame.roi, predictions))


def half_blocks(pixels: "NDArray[np.uint8]") -> list[Line]:
    """Pixels, (2 * rows, columns, 3) BGR, as lines: the upper pixel is the block's colour, the lower its ground's."""
    stepped = (pixels // _STEP * _STEP).tolist()
    lines: list[Line] = []
    for upper, lower in zip(stepped[::2], stepped[1::2], strict=True):
        line: Line = []
        run, style = 0, None
        for (ub, ug, ur), (lb, lg, lr) in zip(upper, lower, strict=True):
            new = _style(ur, ug, ub, lr, lg, lb)
            if new is not style and run:
                line.append(Segment(HALF_BLOCK * run, style))
                run = 0
            style, run = new, run + 1
        line.append(Segment(HALF_BLOCK * run, style))
        lines.append(line)
    return lines


@lru_cache(maxsize=8192)
def _style(ur: int, ug: int, ub: int, lr: int, lg: int, lb: int) -> Style:  # noqa: PLR0913, PLR0917 - two colours
    return Style(color=Color.from_rgb(ur, ug, ub), bgcolor=Color.from_rgb(lr, lg, lb))


def _decoded(frame: c.Frame, width: int, height: int) -> "NDArray[np.uint8] | None":
    """The frame as (height, width, 3) uint8, BGR; None where it is no picture, or too large a one."""
    import cv2
    import numpy as np

    if not 0 < len(frame.data) <= MAX_BYTES or frame.width_px * frame.height_px > MAX_PIXELS:
        return None
    data = np.frombuffer(frame.data, np.uint8)
    if frame.encoding == "raw-bgr8":
        if data.size != frame.width_px * frame.height_px * 3:
            return None
        image = data.reshape(frame.height_px, frame.width_px, 3)
    else:
        encoded = bytes(frame.data)
        size = read_size(encoded)
        if size is None or size[1] * size[2] > MAX_PIXELS or not is_complete(encoded):
            return None
        try:
            decoded = cv2.imdecode(data, _reduced(size[1] // width))
        except cv2.error:
            return None
        if decoded is None:
            return None
        image = decoded.astype(np.uint8, copy=False)
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _reduced(times: int) -> int:
    """How OpenCV is to decode what is shown so many times smaller: a JPEG at an eighth costs a tenth."""
    import cv2

    flags = {8: cv2.IMREAD_REDUCED_COLOR_8, 4: cv2.IMREAD_REDUCED_COLOR_4, 2: cv2.IMREAD_REDUCED_COLOR_2}
    return next((flag for factor, flag in flags.items() if times >= factor), cv2.IMREAD_COLOR)
