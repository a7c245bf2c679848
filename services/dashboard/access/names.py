"""What a person's name can be."""

import unicodedata

from dashboard.access.refused import AccessRefused

MOST = 64
_MARKS = frozenset(". _-@")


def checked_name(text: str) -> str:
    """The name as it is kept: composed characters (NFC), nothing around it. `Zoë`, `shift-2`, `m.dupont@plant`.

    Raises:
        AccessRefused: if it cannot be one.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise AccessRefused("name_empty")
    if len(name) > MOST:
        raise AccessRefused("name_long", {"most": MOST})
    for character in name:
        if not (character.isalnum() or character in _MARKS or unicodedata.category(character) in {"Mn", "Mc"}):
            shown = repr(character) if character.isprintable() else f"U+{ord(character):04X}"
            raise AccessRefused("name_character", {"character": shown})
    if not name[0].isalnum():
        raise AccessRefused("name_start")
    return name


def name_key(text: str) -> str:
    """What two spellings of one name have in common: case and composition do not tell people apart."""
    return unicodedata.normalize("NFKC", text).strip().casefold()
