"""The pages of what the station says when something is not as it should be: reasons, errors.

What each code means to a person stands here; that every code is here, and none too many, is checked.
"""

import inspect
from collections.abc import Collection, Mapping

from okko import errors as e
from okko.contracts import REASON_CODES
from okko.documents.markdown import code, prose, table

_REASONS_INTRO = """
# Reasons

Why an item has the verdict that it has: `reason` in a Verdict, two digits in `verdict/code`. An OK has the
reason `rules` always: only rules make an item OK.
"""

_REASONS: Mapping[str, tuple[str, str]] = {
    "rules": ("A rule says KO, or all say OK.", "`finding` tells which rule, and what it saw."),
    "deadline": (
        "The time was up before all that is needed had come.",
        "`finding` tells what had not come. `okko watch` shows which stage is slow.",
    ),
    "camera_fault": (
        "A camera failed, had no more frames, or exposed outside the capture window.",
        "Look at cable, light and the camera's agent; see [the right part](../explanation/right-part.md).",
    ),
    "model_fault": (
        "A model cannot be loaded, or failed on this frame.",
        "The event `model_fault` and the state of the inference agent say why.",
    ),
    "image": (
        "The frame cannot be decoded, or an `image` rule found it dark, bright, overexposed or blurred.",
        "The recorded frame shows it. Clean the lens, mend the light.",
    ),
    "overload": (
        "Triggers come faster than the station works or reads them, so that this one could not be done in time.",
        "Slow down the line, or take work away: smaller pictures, a smaller model, another box.",
    ),
    "late": (
        "The trigger was old when it was read (the agent or its connection was away), or `ask` named an unknown part.",
        "Nothing was photographed: the part is gone. The PLC rejects it.",
    ),
    "bad_trigger": (
        "The trigger cannot be read, or asks for what is not there.",
        "`finding` and the dead letter say what is wrong with it; correct the PLC's program.",
    ),
    "recipe": (
        "The trigger names another recipe than the station's.",
        "Start the station with the other recipe's file, or correct the PLC.",
    ),
    "no_model": (
        "No model looks at these cameras: a station that captures a data set.",
        "Nothing, if that is what it is for; else add a `[[model]]`.",
    ),
}

_ERRORS_INTRO = """
# Errors

Every error that okko raises on purpose, and what follows. On the command line an error is one text on
stderr that says what was expected, what was found, where, and what to do; exit 2 says that what was given is
wrong, exit 1 that something failed.
"""

_ERRORS: Mapping[str, str] = {
    "OkkoError": "See which of those below it is.",
    "ConfigError": "Mend the places that it names; `okko check` looks at all of them again.",
    "IdentityTaken": "End the other one, or give this station or camera another name.",
    "ContractError": "Correct the program that published it; the dead letter holds what came.",
    "BrokerUnavailable": "Nothing, if the broker comes back. Else start it, or mend `url` under `[broker]`.",
    "BrokerRefused": "Mend user, password, certificate or the broker's access list.",
    "AddressTaken": "End the program that listens there (`ss -ltnp` names it), or give another `port`.",
    "DiskFull": "Make room on the disk that it names.",
    "SourceError": "Look at the camera, its cable and its settings.",
    "SourceExhausted": "Set `loop = true`, or give it more.",
    "ImageError": "The recorded frame shows it. Look at the camera, or at the file.",
    "ModelError": "Put the right file in its place, or correct its `model.toml`.",
}


def reasons() -> str:
    """docs/reference/reasons.md."""
    same("reasons", _REASONS, REASON_CODES)
    rows = [(f"`{number:02d}`", code(reason), *_REASONS[reason]) for reason, number in REASON_CODES.items()]
    return f"{_REASONS_INTRO.strip()}\n\n{table(('digits', 'reason', 'what it means', 'what to do'), rows)}"


def errors() -> str:
    """docs/reference/errors.md."""
    tree = inspect.getdoc(e) or ""
    kinds = [kind for _, kind in inspect.getmembers(e, inspect.isclass) if issubclass(kind, e.OkkoError)]
    same("errors", _ERRORS, {kind.__name__ for kind in kinds})
    rows = [
        (code(kind.__name__), prose(kind.__doc__), str(kind.exit_code), _ERRORS[kind.__name__])
        for kind in sorted(kinds, key=lambda kind: inspect.getsourcelines(kind)[1])
    ]
    drawn = tree.split("\n\n", 1)[1]
    head = ("error", "what it is", "exit code", "what to do")
    return f"{_ERRORS_INTRO.strip()}\n\n```\n{drawn}\n```\n\n{table(head, rows)}"


def same(what: str, written: Collection[str], found: Collection[str]) -> None:
    """Every code has a description, and none is described that is gone; else LookupError says which."""
    lacking, gone = sorted(set(found) - set(written)), sorted(set(written) - set(found))
    if lacking or gone:
        message = f"tools/reference: {what} without a description: {lacking}; described but gone: {gone}"
        raise LookupError(message)
