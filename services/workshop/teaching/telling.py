"""What came of a teaching, for people at a terminal and for programs. Pure."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from workshop.teaching.account import Account
from workshop.teaching.card import REPORT, pictures_used
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


def as_object(bundle: Path, account: Account, *, activated: bool) -> dict[str, Any]:
    """The same as JSON; shares are in 0..1."""
    where = {"bundle": str(bundle), "report": str(bundle / REPORT)}
    return {**where, **figures(account), "activated": activated}


def figures(account: Account) -> dict[str, Any]:
    """What a program may go by, which goes with the bundle: what it was taught from, and what may be said of it."""
    threshold = account.threshold
    return {
        "name": account.name,
        "version": account.version,
        "camera": account.camera,
        "method": account.method,
        "labels": list(account.labels),
        "threshold": threshold.value,
        "beyond_all": threshold.beyond_all,
        "wanted": threshold.wanted,
        "false_rejects": asdict(threshold.false_rejects),
        "escapes": None if threshold.escapes is None else asdict(threshold.escapes),
        "good": account.count("good"),
        "ko": account.count("KO"),
        "suspects": [one.shown.name for one in account.of("suspect")],
        "least_like": _least_like(account),
        "warnings": list(account.warnings),
    }


def _least_like(account: Account) -> list[str]:
    """Of the good parts those among which a bad one, if there is one that was not suspected, nearly always is."""
    return [one.shown.name for one in account.of("good")[:_LEAST_LIKE]]
