"""What came of a teaching, for people at a terminal and for programs. Pure."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from workshop.teaching.account import Account
from workshop.teaching.card import REPORT, pictures_used
from workshop.teaching.lesson import Lesson
from workshop.teaching.meaning import sentences

_LEAST_LIKE = 5


def as_text(bundle: Path, account: Account, *, activated: bool) -> str:
    """A few lines: what was made, what it means, where to look."""
    lines = [
        f"{account.name} {account.version}: {account.method}, taught from {pictures_used(account)}",
        *(f"  {text}" for text in sentences(account.threshold)),
        f"  Least like the others: {', '.join(_least_like(account))}. Are they good?",
        f"  bundle  {bundle}",
        f"  report  {bundle / REPORT}",
    ]
    if activated:
        lines.append(f"  in charge of camera {account.camera} from now on")
    return "\n".join(lines)


def as_object(bundle: Path, account: Account, lesson: Lesson, *, activated: bool) -> dict[str, Any]:
    """The same as JSON; shares are in 0..1."""
    threshold = account.threshold
    return {
        "bundle": str(bundle),
        "report": str(bundle / REPORT),
        "name": account.name,
        "version": account.version,
        "camera": account.camera,
        "method": account.method,
        "threshold": threshold.value,
        "beyond_all": threshold.beyond_all,
        "wanted": threshold.wanted,
        "false_rejects": asdict(threshold.false_rejects),
        "escapes": None if threshold.escapes is None else asdict(threshold.escapes),
        "good": account.count("good"),
        "ko": account.count("KO"),
        "suspects": list(lesson.suspects),
        "least_like": _least_like(account),
        "warnings": list(lesson.warnings),
        "activated": activated,
    }


def _least_like(account: Account) -> list[str]:
    """Of the good parts those among which a bad one, if there is one that was not suspected, nearly always is."""
    return [one.shown.name for one in account.of("good")[:_LEAST_LIKE]]
