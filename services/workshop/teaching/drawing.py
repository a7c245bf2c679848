"""Small drawings as SVG: a histogram of scores with its threshold, and the curve over all thresholds. Pure.

No plotting library: two drawings are a hundred lines, and the report has to open on a box without a network.
"""

import math
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 640, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 24, 34
BINS = 40
GOOD, KO, LINE = "#0b6e4f", "#b3261e", "#1a1a1a"
"""Told apart by lightness too, and KO is hatched: not everyone sees, and not every printer has, the colours."""


def histogram(good: Sequence[float], ko: Sequence[float], threshold: float) -> str:
    """The scores of good parts and of KO ones as bars, and the threshold as a line."""
    highest = max((*good, *ko, threshold))
    lowest = min((*good, *ko, threshold))
    span = (highest - lowest) or 1.0
    counts = [_counts(scores, lowest, span) for scores in (good, ko)]
    most = max(1, *(a + b for a, b in zip(*counts, strict=True)))
    wide = (WIDTH - _LEFT - _RIGHT) / BINS
    bars = []
    for place in range(BINS):
        below = 0
        for count, fill in ((counts[0][place], GOOD), (counts[1][place], "url(#ko)")):
            if count:
                x, top = _LEFT + place * wide, _y((below + count) / most)
                high = _y(below / most) - top
                bars.append(
                    f'<rect x="{x:.1f}" y="{top:.1f}" width="{wide - 1:.1f}" height="{high:.1f}" fill="{fill}"/>'
                )
                below += count
    at = _LEFT + (threshold - lowest) / span * (WIDTH - _LEFT - _RIGHT)
    anchor = "end" if at > WIDTH / 2 else "start"
    line = (
        f'<line x1="{at:.1f}" y1="{_TOP - 8}" x2="{at:.1f}" y2="{HEIGHT - _BOTTOM}" stroke="{LINE}" stroke-width="2" '
        f'stroke-dasharray="5 3"/><text x="{at + (-6 if anchor == "end" else 6):.1f}" y="{_TOP - 6}" '
        f'text-anchor="{anchor}">threshold {threshold:.4g}</text>'
    )
    ticks = [(lowest + span * share, share) for share in (0, 0.25, 0.5, 0.75, 1)]
    text = f"Scores of {len(good)} good parts and {len(ko)} KO parts; the threshold is {threshold:.4g}"
    return _svg(
        text,
        _axes([(f"{value:.3g}", share) for value, share in ticks], [("0", 0), (str(most), 1)], "score", "parts")
        + "".join(bars)
        + line,
    )


def roc_drawing(points: Sequence[tuple[float, float]], at: tuple[float, float], area: float) -> str:
    """KO parts found against good parts rejected, and where the threshold stands."""
    shares = [("0 %", 0.0), ("50 %", 0.5), ("100 %", 1.0)]
    path = " ".join(f"{_x(rejected):.1f},{_y(found):.1f}" for rejected, found in points)
    inner = (
        f'<polyline points="{path}" fill="none" stroke="{GOOD}" stroke-width="2"/>'
        f'<circle cx="{_x(at[0]):.1f}" cy="{_y(at[1]):.1f}" r="5" fill="{KO}"/>'
        f'<text x="{_x(at[0]) + 9:.1f}" y="{_y(at[1]) + 14:.1f}">at the threshold</text>'
    )
    text = f"KO parts found against good parts rejected, over all thresholds; the area below is {area:.3f}"
    return _svg(text, _axes(shares, shares, "good parts rejected", "KO found") + inner)


def _counts(scores: Sequence[float], lowest: float, span: float) -> list[int]:
    counts = [0] * BINS
    for score in scores:
        counts[min(BINS - 1, math.floor((score - lowest) / span * BINS))] += 1
    return counts


def _x(share: float) -> float:
    return _LEFT + share * (WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)


def _axes(xs: Sequence[tuple[str, float]], ys: Sequence[tuple[str, float]], across: str, up: str) -> str:
    left, right, bottom = _x(0), _x(1), _y(0)
    parts = [f'<path d="M{left} {_TOP} V{bottom} H{right}" fill="none" stroke="#555"/>']
    for label, share in xs:
        anchor = "start" if share == 0 else "end" if share == 1 else "middle"
        parts.append(f'<text x="{_x(share):.1f}" y="{bottom + 14}" text-anchor="{anchor}">{escape(label)}</text>')
    parts += [
        f'<text x="{left - 5}" y="{_y(share) + 4:.1f}" text-anchor="end">{escape(label)}</text>' for label, share in ys
    ]
    parts.append(f'<text x="{right}" y="{HEIGHT - 6}" text-anchor="end">{escape(across)}</text>')
    parts.append(f'<text x="4" y="12">{escape(up)}</text>')
    return "".join(parts)


def _svg(text: str, inner: str) -> str:
    hatch = (
        '<defs><pattern id="ko" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="5" height="5" fill="{KO}"/><rect width="1.5" height="5" fill="#fff"/></pattern></defs>'
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(text)}" font-family="sans-serif" '
        f'font-size="12"><title>{escape(text)}</title>{hatch}{inner}</svg>'
    )
