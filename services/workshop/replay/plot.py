"""Escapes and false rejects against a threshold, drawn as SVG. Pure."""

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape

from workshop.replay.sweep_curve import Point, Rate

_WIDTH, _HEIGHT = 720, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 16, 48
_TICKS = (0, 10, 50, 100, 200, 300, 500, 700, 1000)
_LINES: tuple[tuple[str, str, Callable[[Point], Rate]], ...] = (
    ("escapes", "", lambda point: point.escapes),
    ("rejects", "7 4", lambda point: point.false_rejects),
)


def plot(points: Sequence[Point], name: str) -> str:
    """The two curves with their intervals as an `<svg>` element; the vertical lines are the thresholds in force."""
    return "\n".join(_parts(points, name))


def _parts(points: Sequence[Point], name: str) -> Iterator[str]:
    low, high = points[0].threshold, points[-1].threshold

    def x(threshold: float) -> float:
        return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * (threshold - low) / ((high - low) or 1.0), 1)

    title = f"Escapes and false rejects per thousand against {name}"
    yield f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="plot-title plot-desc">'
    yield f'<title id="plot-title">{escape(title)}</title><desc id="plot-desc">{escape(_words(points))}</desc>'
    for tick in _TICKS:
        yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{_y(tick)}" y2="{_y(tick)}"/>'
        yield f'<text x="{_LEFT - 8}" y="{_y(tick) + 4}" text-anchor="end">{tick}</text>'
    for index in range(6):
        threshold = low + (high - low) * index / 5
        yield f'<text x="{x(threshold)}" y="{_HEIGHT - 26}" text-anchor="middle">{threshold:.4g}</text>'
    yield f'<text x="{(_LEFT + _WIDTH) / 2}" y="{_HEIGHT - 6}" text-anchor="middle">{escape(name)}</text>'
    for point in points:
        if point.in_force:
            at = x(point.threshold)
            yield f'<line class="force" x1="{at}" x2="{at}" y1="{_y(1000)}" y2="{_y(0)}"/>'
            side = "end" if at > _WIDTH / 2 else "start"
            shift = -6 if side == "end" else 6
            said = f"in force {point.threshold:.4g}"
            yield f'<text x="{at + shift}" y="{_y(1000) + 14}" text-anchor="{side}">{said}</text>'
    for kind, dashes, rate in _LINES:
        shown = [(x(point.threshold), rate(point)) for point in points if rate(point).of]
        if not shown:
            continue
        upper = [f"{at},{_y(r.interval[1])}" for at, r in shown]
        lower = [f"{at},{_y(r.interval[0])}" for at, r in reversed(shown)]
        yield f'<polygon class="{kind} band" points="{" ".join([*upper, *lower])}"/>'
        line = " ".join(f"{at},{_y(r.per_thousand or 0.0)}" for at, r in shown)
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        yield f'<polyline class="{kind} line" points="{line}"{dashed}/>'
    yield "</svg>"


def _y(per_thousand: float) -> float:
    """The root of a share: what matters is near 0, and 0 must be on it, which no logarithm has."""
    return round(_TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - math.sqrt(per_thousand / 1000)), 1)


def _words(points: Sequence[Point]) -> str:
    """The plot for who does not see it."""
    told = [point for point in points if point.in_force] or [points[0], points[-1]]
    return "; ".join(
        f"at {point.threshold:g} escapes per thousand {point.escapes}, false rejects per thousand {point.false_rejects}"
        for point in told
    )
