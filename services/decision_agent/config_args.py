"""`cmd/decision/config`: what may be asked about the station's configuration. Pure."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from okko.errors import ContractError

VERB = "config"
MAX_TEXT_BYTES = 128 * 1024
MAX_BYTES = 2 * MAX_TEXT_BYTES
"""Of the whole command: in JSON a character of the text may take two bytes and more."""

Line = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,200}$(?!\n)")]
Note = Annotated[str, Meta(max_length=1000)]
Text = Annotated[str, Meta(max_length=MAX_TEXT_BYTES)]


class ConfigArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`args` of the command.

    `get` gives the station file, `history` its versions and `version` one of them (`number`); `check` says what is
    wrong with `text`, and changes nothing. `activate` puts `text` in force, `rollback` the version of that `number`:
    `based_on` is the `sha256` of the text that it was made of, `by` who wants it and `note` why.
    """

    verb: Literal["get", "check", "activate", "history", "version", "rollback"] = "get"
    text: Text | None = None
    number: Annotated[int, Meta(ge=1)] | None = None
    based_on: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")] | None = None
    by: Line | None = None
    note: Note = ""


_NEEDED = {
    "check": ("text",),
    "activate": ("text", "based_on", "by"),
    "version": ("number",),
    "rollback": ("number", "based_on", "by"),
}


def asked_for(args: dict[str, Any]) -> ConfigArgs:
    """What a command asks for.

    Raises:
        ContractError: if it asks for something else, or leaves out what is needed.
    """
    try:
        asked = msgspec.convert(args, ConfigArgs)
    except msgspec.ValidationError as error:
        raise ContractError(VERB, str(error)) from error
    missing = [key for key in _NEEDED.get(asked.verb, ()) if getattr(asked, key) is None]
    if missing:
        raise ContractError(VERB, f"`{asked.verb}` needs {', '.join(f'`{key}`' for key in missing)}")
    return asked
