"""Made-up defects on pictures of good parts: what the methods are compared on where nobody has shown a KO part. Pure.

A piece of the picture is put elsewhere (as CutPaste does, arXiv 2104.04015), a scratch is drawn, a spot is stained, a
piece is smeared: small things, in the middle where the part is. That they are found does not say that a real defect is;
that one method finds them much better than another says which one looks where it matters.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from inference_agent.images import Bgr

_MARGIN = 0.15
"""Of each side: at the picture's edge there is seldom a part."""

Random = np.random.Generator


def with_defects(image: Bgr, seed: int) -> tuple[Bgr, ...]:
    """The picture with one defect, of each kind once: the same for the same seed."""
    random = np.random.Generator(np.random.PCG64(seed))
    return tuple(kind(image.copy(), random) for kind in KINDS)


def _moved(image: Bgr, random: Random) -> Bgr:
    """A piece of the picture, turned over, at another place of it."""
    width, height = _sides(image, random, 0.08, 0.2)
    x, y = _place(image, random, width, height)
    from_x, from_y = _place(image, random, width, height)
    piece = image[from_y : from_y + height, from_x : from_x + width].copy()
    image[y : y + height, x : x + width] = piece[::-1, ::-1]
    return image


def _scratched(image: Bgr, random: Random) -> Bgr:
    """A thin line, darker or lighter than what it crosses."""
    width, height = _sides(image, random, 0.1, 0.25)
    x, y = _place(image, random, width, height)
    ends = ((x, y), (x + width, y + height)) if random.random() < 0.5 else ((x + width, y), (x, y + height))  # noqa: PLR2004 - one in two
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.line(mask, *ends, 255, max(1, round(min(image.shape[:2]) / 100)), cv2.LINE_AA)
    return _shifted(image, mask, random)


def _stained(image: Bgr, random: Random) -> Bgr:
    """A soft spot, darker or lighter than what it covers."""
    width, height = _sides(image, random, 0.06, 0.15)
    x, y = _place(image, random, width, height)
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.ellipse(mask, (x + width // 2, y + height // 2), (width // 2, height // 2), 0, 0, 360, 255, cv2.FILLED)
    reach = max(1, min(width, height) // 6) * 2 + 1
    return _shifted(image, cv2.GaussianBlur(mask, (reach, reach), 0).astype(np.uint8, copy=False), random)


def _smeared(image: Bgr, random: Random) -> Bgr:
    """A piece without its detail."""
    width, height = _sides(image, random, 0.12, 0.25)
    x, y = _place(image, random, width, height)
    piece = image[y : y + height, x : x + width]
    reach = max(3, (min(width, height) // 2) | 1)
    piece[:] = cv2.GaussianBlur(piece, (reach, reach), 0)
    return image


KINDS: Sequence[Callable[[Bgr, Random], Bgr]] = (_moved, _scratched, _stained, _smeared)


def _sides(image: Bgr, random: Random, low: float, high: float) -> tuple[int, int]:
    height, width = image.shape[:2]
    wide, tall = random.uniform(low, high, 2)
    return max(2, round(wide * width)), max(2, round(tall * height))


def _place(image: Bgr, random: Random, width: int, height: int) -> tuple[int, int]:
    high, wide = image.shape[:2]
    left, top = round(_MARGIN * wide), round(_MARGIN * high)
    return (
        left + int(random.integers(0, max(1, wide - 2 * left - width))),
        top + int(random.integers(0, max(1, high - 2 * top - height))),
    )


def _shifted(image: Bgr, mask: Bgr, random: Random) -> Bgr:
    """The picture, lighter or darker where the mask says."""
    levels = random.uniform(30, 70) * random.choice((-1.0, 1.0)) * random.uniform(0.7, 1.0, 3)
    shifted = image + mask[..., None] / np.float32(255) * levels.astype(np.float32)
    return np.asarray(np.clip(np.rint(shifted), 0, 255), np.uint8)
