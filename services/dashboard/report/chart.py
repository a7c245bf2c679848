"""Items a minute over the span, as an SVG that is read without colours too. Pure."""

from collections.abc import Iterator
from html import escape

from dashboard.report.figures import Bar, Counts, Span
from dashboard.report.wording import Wording

_WIDTH, _HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 8, 16, 28
_INNER_W, _INNER_H = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
_MOST_LABELS = 12
_NICE = (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10)
_LABEL_STEPS_MIN = (5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2 * 1440, 7 * 1440, 30 * 1440)


def chart(counts: Counts, span: Span, target_per_min: float | None, words: Wording) -> str:
    """The `<svg>` element; KO dark on top of OK light."""
    return "".join(_parts(counts, span, target_per_min, words))


def _parts(counts: Counts, span: Span, target: float | None, words: Wording) -> Iterator[str]:
    rates = [(bar, _per_min(bar.ok, bar, counts, span), _per_min(bar.ko, bar, counts, span)) for bar in counts.bars]
    top = nice_top(max((ok + ko for _, ok, ko in rates), default=0.0), target)
    unit = _INNER_H / top
    title = words.t("report.chart_title")
    about = words.t(
        "report.chart_words",
        most=words.number(max((ok + ko for _, ok, ko in rates), default=0.0), 1),
        step=words.number(counts.step_ms / 60_000),
    )
    label = f"{escape(title)}. {escape(about)}"
    yield f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">'
    yield f"<title>{escape(title)}</title>"
    for line in range(5):
        rate = top * line / 4
        y = _y(rate, unit)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
        decimals = 0 if top % 4 == 0 else 1 if top >= 4 else 2  # noqa: PLR2004 - of a quarter of it
        yield f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{words.number(rate, decimals)}</text>'
    length = span.end_ms - span.begin_ms
    for bar, ok, ko in rates:
        if not ok and not ko:
            continue
        x = _x(bar.at_ms, span)
        wide = max(0.8, _INNER_W * min(counts.step_ms, span.end_ms - bar.at_ms) / length - 0.8)
        yield _rect("ok", x, _y(ok, unit), wide, ok * unit)
        yield _rect("ko", x, _y(ok + ko, unit), wide, ko * unit)
    for at_ms, text in _labels(span, words):
        x = _x(at_ms, span)
        yield f'<line class="tick" x1="{x}" x2="{x}" y1="{_HEIGHT - _BOTTOM}" y2="{_HEIGHT - _BOTTOM + 4}"/>'
        anchor = "start" if x < _LEFT + 12 else "end" if x > _WIDTH - _RIGHT - 12 else "middle"
        yield f'<text x="{x}" y="{_HEIGHT - 8}" text-anchor="{anchor}">{text}</text>'
    if target is not None:
        y = _y(target, unit)
        said = words.t("report.target_line", target=words.number(target, 0 if target >= 10 else 1))  # noqa: PLR2004
        yield f'<line class="target" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
        yield f'<text class="on" x="{_WIDTH - _RIGHT - 4}" y="{y - 5}" text-anchor="end">{escape(said)}</text>'
    yield "</svg>"


def nice_top(most: float, target: float | None) -> float:
    """A round number that all bars, and the target with its words, stay below."""
    wanted = max(most, (target or 0.0) * 1.12, 1.0)
    size = 1.0
    while size * 10 < wanted:
        size *= 10
    return next(size * nice for nice in _NICE if size * nice >= wanted)


def _per_min(count: int, bar: Bar, counts: Counts, span: Span) -> float:
    return count * 60_000 / min(counts.step_ms, span.end_ms - bar.at_ms)


def _labels(span: Span, words: Wording) -> Iterator[tuple[int, str]]:
    """Whole hours, or what else people say the time in, on the wall's clock; days where there are many."""
    step = next((step for step in _LABEL_STEPS_MIN if span.minutes / step <= _MOST_LABELS), _LABEL_STEPS_MIN[-1])
    offset = words.local(span.begin_ms).utcoffset()
    shift_ms = round(offset.total_seconds() * 1000) if offset else 0
    step_ms = step * 60_000
    at_ms = -(-(span.begin_ms + shift_ms) // step_ms) * step_ms - shift_ms
    while at_ms <= span.end_ms:
        yield at_ms, words.day(at_ms)[5:] if step >= 1440 else words.clock(at_ms)  # noqa: PLR2004 - a day's minutes
        at_ms += step_ms


def _x(at_ms: int, span: Span) -> float:
    return round(_LEFT + _INNER_W * (at_ms - span.begin_ms) / (span.end_ms - span.begin_ms), 1)


def _y(rate: float, unit: float) -> float:
    return round(_HEIGHT - _BOTTOM - rate * unit, 1)


def _rect(kind: str, x: float, y: float, wide: float, high: float) -> str:
    if high <= 0:
        return ""
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{wide:.1f}" height="{max(high, 0.6):.1f}"/>'


def share_bar(share: float, said: str) -> str:
    """A share, 0..1, as a bar beside what is said of it."""
    return (
        '<span class="bar"><svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="ko" x="0" y="1" width="{max(0.6, share * 100):.1f}" height="8"/></svg>'
        f"{said}</span>"
    )


def legend() -> str:
    """What dark and light mean, in words."""
    parts = (
        f'<span><svg class="key" viewBox="0 0 12 12" aria-hidden="true"><rect class="{kind}" x="1" y="1" width="10" '
        f'height="10"/></svg> {kind.upper()}</span>'
        for kind in ("ok", "ko")
    )
    return f'<p class="legend">{"".join(parts)}</p>'
