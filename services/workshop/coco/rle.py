"""COCO's run-length encoding of masks: runs of 0 and 1 by turns, column by column, as a short text. Pure.

The text is that of pycocotools (maskApi.c, rleToString): each count, from the fourth on as its difference to the one
before the last, in groups of five bits with a sixth that says whether another follows, from "0" on.
"""

from collections.abc import Sequence
from itertools import accumulate


def text_of(counts: Sequence[int]) -> str:
    """The counts of runs as text."""
    letters = []
    for number, count in enumerate(counts):
        value = count - counts[number - 2] if number > 2 else count  # noqa: PLR2004 - from the fourth on
        while True:
            bits = value & 0x1F
            value >>= 5
            more = value != (-1 if bits & 0x10 else 0)
            letters.append(chr((bits | 0x20 * more) + 48))
            if not more:
                break
    return "".join(letters)


def counts_in(text: str) -> list[int]:
    """The counts of runs that a text holds.

    Raises:
        ValueError: if it holds none.
    """
    counts: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - 48
        if not 0 <= bits < 64 or shift > 60:  # noqa: PLR2004 - six bits; no picture has 2^60 pixels
            message = f"{letter!r} is no letter of a COCO mask"
            raise ValueError(message)
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))  # noqa: PLR2004 - from the fourth on
        value = shift = 0
    if shift or any(count < 0 for count in counts):
        message = "the mask is cut off, or none"
        raise ValueError(message)
    return counts


def area_px(counts: Sequence[int]) -> int:
    """How many pixels are meant."""
    return sum(counts[1::2])


def box_px(counts: Sequence[int], height_px: int) -> tuple[int, int, int, int] | None:
    """The smallest box around the mask as x0, y0, x1, y1, the last two beyond it; None where it is empty."""
    ends = list(accumulate(counts))
    runs = [(ends[at] - counts[at], ends[at]) for at in range(1, len(counts), 2) if counts[at]]
    if not runs:
        return None
    lows, highs = [], []
    for begin, end in runs:
        whole = begin // height_px != (end - 1) // height_px
        lows.append(0 if whole else begin % height_px)
        highs.append(height_px if whole else (end - 1) % height_px + 1)
    return runs[0][0] // height_px, min(lows), (runs[-1][1] - 1) // height_px + 1, max(highs)
