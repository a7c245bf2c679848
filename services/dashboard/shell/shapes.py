"""The shapes of the two verdicts, for the pages and for paper: told apart without colour, from across a room. Pure."""

from okko.contracts import VerdictWord

_TICK = (
    '<svg viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="13.5" fill="none" stroke="currentColor" '
    'stroke-width="3"/><path d="M9.5 16.5l4.6 4.6 8.6-9.4" fill="none" stroke="currentColor" stroke-width="3.6" '
    'stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
_CROSS = (
    '<svg viewBox="0 0 32 32" aria-hidden="true"><path d="M10.4 2.5h11.2l7.9 7.9v11.2l-7.9 7.9H10.4l-7.9-7.9V10.4z" '
    'fill="currentColor"/><path d="M10.8 10.8l10.4 10.4M21.2 10.8L10.8 21.2" stroke="var(--card)" stroke-width="3.6" '
    'stroke-linecap="round"/></svg>'
)
SHAPES: dict[VerdictWord, str] = {"OK": _TICK, "KO": _CROSS}
"""As SVG: a circle with a tick, an octagon with a cross."""
