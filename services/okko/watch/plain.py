"""Text that came over the wire, made fit for a terminal: pure functions."""

import math

ELLIPSIS = "…"
LONGEST = 300
"""Characters; no line of a terminal shows more, and a hostile text could be 64 kB long."""

_MOST_MS = 1e7
_SECONDS_FROM_MS = 10_000.0


def plain(text: str, longest: int = LONGEST) -> str:
    """The text with each character that a terminal would obey, or hide, written out: `\\x1b` for an escape.

    Format characters go too: one that turns the direction of writing could make a KO read as an OK.
    """
    shown = text[: longest + 1]
    if not shown.isprintable():
        shown = "".join(char if char.isprintable() else _written_out(char) for char in shown)
    return shown if len(shown) <= longest else shown[: longest - 1] + ELLIPSIS


def plain_json(line: bytes) -> bytes:
    """A line of JSON, the same value, with the control characters that JSON itself does not escape written out."""
    text = line.decode("utf-8", "replace")
    if text.isprintable():
        return line
    return "".join(char if char.isprintable() else _as_json(char) for char in text).encode()


def time_of_day(instant: str) -> str:
    """The time of day of an ISO 8601 instant (UTC), to the second; what is none comes as it is, cut short."""
    clock = len("HH:MM:SS")
    date, parted, time = instant.partition("T")
    if parted and len(date) == len("YYYY-MM-DD") and time[2:3] == ":" and len(time) >= clock:
        return plain(time[:clock])
    return plain(instant, clock)


def duration(ms: float) -> str:
    """A duration as people say it: `8.3 ms`, `63 ms`, `12.4 s`."""
    if not math.isfinite(ms) or abs(ms) > _MOST_MS:
        return "very long"
    if ms >= _SECONDS_FROM_MS:
        return f"{ms / 1000:.1f} s"
    return f"{ms:.1f} ms" if ms < 10 else f"{ms:.0f} ms"  # noqa: PLR2004 - three digits say enough


def share(part: float, whole: float) -> str:
    """A share in per cent: `85 %`; never 100 or 0 where it is not quite so."""
    if whole <= 0:
        return "-"
    percent = 100 * part / whole
    if 99 < percent < 100 or 0 < percent < 1:  # noqa: PLR2004 - where whole numbers would hide what is rare
        return f"{min(percent, 99.9):.1f} %"
    return f"{percent:.0f} %"


def _written_out(char: str) -> str:
    return char.encode("unicode_escape", "backslashreplace").decode()


def _as_json(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
