"""Which passwords are refused, after NIST SP 800-63B: length and the commonest choices count, composition does not.

No rule asks for digits or signs, and none asks for a new password every so often: both make people choose worse ones
(NIST SP 800-63B, revision 3, 5.1.1.2).
"""

import itertools
import unicodedata
from pathlib import Path

from dashboard.access.names import name_key
from dashboard.access.refused import AccessRefused

LEAST = 10
"""Characters. NIST asks for 8 in revision 3, for 15 in revision 4; these are typed on touch panels, and the lock-out
slows down who guesses."""

MOST = 256
"""Enough for any sentence, and a bound on what a login makes us hash."""

_FEW = 4
_NOT_LETTERS = "".join(chr(code) for code in range(33, 127) if not chr(code).isalpha())

COMMON = frozenset((Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8").split())
"""As they are, and as they are left of `Password2026!` without the digits and signs around."""


def normal(password: str) -> str:
    """The password as it is hashed: the same however a keyboard composes it (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, name: str) -> None:
    """Refuse what is too short, too long, or what anybody would try first for this name.

    Raises:
        AccessRefused: with the reason.
    """
    password = normal(password)
    if len(password) < LEAST:
        raise AccessRefused("password_short", {"least": LEAST, "count": len(password)})
    if len(password) > MOST:
        raise AccessRefused("password_long", {"most": MOST})
    plain = password.casefold()
    if _is_name(plain, name_key(name)):
        raise AccessRefused("password_name")
    if plain in COMMON or plain.strip(_NOT_LETTERS) in COMMON:
        raise AccessRefused("password_common")
    if len(set(plain)) < _FEW or _is_row(plain):
        raise AccessRefused("password_simple")


def _is_name(plain: str, name: str) -> bool:
    """Whether nothing but digits and signs is left of it without the name, forwards or backwards."""
    return any(part in plain and not plain.replace(part, "").strip(_NOT_LETTERS) for part in (name, name[::-1]) if part)


def _is_row(plain: str) -> bool:
    """Whether each character follows the one before it, up or down: `abcdefghij`, `9876543210`, `1234567890`."""
    steps = {ord(second) - ord(first) for first, second in itertools.pairwise(plain)}
    return any(steps <= {step, -9 * step} for step in (1, -1))
