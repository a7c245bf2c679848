"""An account of a teaching, as small as one can be that has everything."""

from shown_parts import small_picture
from workshop.teaching.account import Account, Role, Scored, Shown
from workshop.teaching.example import Known
from workshop.teaching.threshold import choose_threshold, warnings_of


def scored(number: int, score: float, role: Role, name: str | None = None) -> Scored:
    """Picture `number` with a score."""
    known: Known = "KO" if role == "KO" else "OK"
    name = f"{number:03d}.jpg" if name is None else name
    at = f"2026-11-23T02:19:{number % 60:02d}.000Z"
    return Scored(
        Shown(name, known, f"{number:064x}", at, f"duck-{number}", 640, 480, small_picture(number)), score, role
    )


def account(ko: int = 5, *, suspects: int = 1, name: str | None = None) -> Account:
    """Thirty good parts with scores 1..30, KO parts from 20 up, and suspects at 90."""
    good = [scored(number, 1.0 + number, "good", name) for number in range(30)]
    bad = [scored(100 + number, 20.0 + 10 * number, "KO") for number in range(ko)]
    odd = [scored(200 + number, 90.0, "suspect") for number in range(suspects)]
    threshold = choose_threshold([one.score for one in good], 0.01, [one.score for one in bad])
    return Account(
        "top-taught",
        "3",
        "line-1",
        "top",
        "backbone-lite0 1.0.0",
        "ab" * 32,
        "padim",
        threshold,
        (*good, *bad, *odd),
        ("padim: KO parts above good ones in 0.98 of pairs", "nearest: 0.91"),
        warnings_of(threshold),
    )
