"""`cmd/decision/golden`: how a round of golden parts is asked for. Pure."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from okko.errors import ContractError

VERB = "golden"


class GoldenArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`args` of the command. `state` asks how far the round is, `begin` begins one; `by`: who begins it."""

    verb: Literal["state", "begin"] = "state"
    by: Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,64}$(?!\n)")] | None = None


def begun_by(args: dict[str, Any]) -> str | None:
    """Why a command wants a round to begin; None: it only asks how far the present one is.

    Raises:
        ContractError: if it asks for something else.
    """
    try:
        asked = msgspec.convert(args, GoldenArgs)
    except msgspec.ValidationError as error:
        raise ContractError(VERB, str(error)) from error
    if asked.verb == "state":
        return None
    return "a round was asked for" + (f" by {asked.by}" if asked.by else "")
