"""What the doctor has to say: one finding each, with what to do about it."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass


class Severity(enum.IntEnum):
    """How bad it is: `grave` stops parts from being judged right, `warning` may one day, `note` is to be known."""

    GOOD = 0
    NOTE = 1
    WARNING = 2
    GRAVE = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found; `remedy` says what to do, and is empty where nothing is to be done."""

    subject: str
    severity: Severity
    what: str
    remedy: str = ""


def good(subject: str, what: str) -> Finding:
    """All is well with it."""
    return Finding(subject, Severity.GOOD, what)


def note(subject: str, what: str, remedy: str = "") -> Finding:
    """To be known, among it what could not be looked at."""
    return Finding(subject, Severity.NOTE, what, remedy)


def warning(subject: str, what: str, remedy: str) -> Finding:
    """May cost something one day."""
    return Finding(subject, Severity.WARNING, what, remedy)


def grave(subject: str, what: str, remedy: str) -> Finding:
    """Costs parts, verdicts or records now."""
    return Finding(subject, Severity.GRAVE, what, remedy)


def exit_code(findings: Iterable[Finding]) -> int:
    """1 if any finding is grave, 0 otherwise."""
    return int(any(finding.severity is Severity.GRAVE for finding in findings))


def size_text(size_bytes: float) -> str:
    """A size for people, in units of 1000: `68 kB`, `15.1 MB`."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= factor:
            value = size_bytes / factor
            return f"{value:.0f} {unit}" if value >= 100 or unit == "kB" else f"{value:.1f} {unit}"  # noqa: PLR2004 - three digits are enough
    return f"{size_bytes:.0f} bytes"
