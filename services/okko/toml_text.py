"""Values as TOML text: what little okko writes for people to read later."""

import json
from collections.abc import Mapping, Sequence

_ESCAPED = {"\x7f": "\\u007f"}


def toml_text(value: object) -> str:
    """One value, on one line.

    Raises:
        TypeError: if TOML has no such value.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        # JSON's strings are TOML's, but for one control character; and TOML knows no surrogates, so not in ASCII.
        return "".join(_ESCAPED.get(character, character) for character in json.dumps(value, ensure_ascii=False))
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {toml_text(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, Sequence):
        return "[" + ", ".join(toml_text(inner) for inner in value) + "]"
    message = f"TOML has no {type(value).__name__}"
    raise TypeError(message)


def toml_table(head: str, values: Mapping[str, object]) -> str:
    """A table under its head, `[one]` or `[[of_many]]`; what is None is left out."""
    lines = [head, *(f"{_key(key)} = {toml_text(value)}" for key, value in values.items() if value is not None)]
    return "\n".join(lines) + "\n"


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").replace("-", "").isalnum() else toml_text(key)
