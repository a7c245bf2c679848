"""The pages of what the station says when something is not as it should be: reasons, errors, events.

What each code means to a person stands here; that every code is here, and none too many, is checked.
"""

import ast
import inspect
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import get_args, get_type_hints

from okko import errors as e
from okko.contracts import REASON_CODES
from okko.documents.markdown import code, prose, table
from recorder.writer import Trouble

SERVICES = Path(__file__).parents[2] / "services"

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
        "Triggers come faster than the station works, so that this one could not be done in time.",
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

_EVENTS_INTRO = """
# Events

Messages for people on `{base}/event` ([Event](messages.md#event)); `okko watch` shows the last ones. Braces
stand for what is filled in.
"""

_EVENTS: Mapping[str, str] = {
    "camera_back": "The camera that was lost is open again.",
    "camera_lost": "The camera cannot be opened, or gave no frame. It is tried again and again; `ready` is 0.",
    "camera_warning": "The camera refused a setting, or cannot do something that was asked for. "
    "See [cameras](../how-to/cameras.md).",
    "crash_loop": "`okko up` starts an agent again and again, and each time it dies within seconds. It goes on trying, "
    "every few seconds; `ready` is 0 where the station needs that agent.",
    "deadline_missed": "An item's time was up; its verdict is KO `deadline`.",
    "disk_low": "A limit of `[recorder.retention]` is near. See [keep and delete](../how-to/keep-and-delete.md).",
    "disk_full": "The record's disk is full. Verdicts go on; make room, and what was held is written.",
    "journal_back": "The journal is written again.",
    "journal_damaged": "The journal could not be read and was put aside. Lost are counts, verdicts that might be asked "
    "for, and items that the recorder had not yet; repeats of triggers count as new items.",
    "journal_degraded": "The journal cannot be written: verdicts go on, but a restart would not know of them.",
    "model_fault": "A model cannot be loaded or fails. It is tried again when its file changes; `ready` is 0.",
    "model_recovered": "The model works again.",
    "not_ready": "`ready` went from 1 to 0, and why.",
    "outbox_damaged": "A frame that waited for the recorder cannot be read any more; its file is put aside.",
    "outbox_dropped": "Frames were given up before the recorder had them: the record will lack them.",
    "outbox_failed": "The folder of the outbox cannot be used: frames are published, but not held for the recorder.",
    "record_conflict": "An item or frame came a second time with another content; the first stands.",
    "recorder_overload": "The disk is too slow for what comes; what is not taken now is sent again by its producer.",
    "retention_forced": "For want of room images of KO or labelled items went, or of items that still wait for the "
    "uplink: more is coming in than the limits of `[recorder.retention]` let stay.",
    "retention_forgotten": "Items older than `rows_days` are no longer in the record.",
    "retention_removed": "Images of OK items went for want of room, or images that were older than they need to be. "
    "At most once a minute, with sums.",
    "retention_stuck": "A limit is passed, and no image is left that may go: make room, other programs fill the disk.",
    "seq_reset": "The PLC's counter went back: it wrapped, or the PLC was started again.",
    "source_ended": "A folder or video without `loop` has shown all it has; from now on KO `camera_fault`.",
    "store_damaged": "The store cannot be read, or is lost. It is kept under a name with the time, a new one is begun, "
    "and all that can be read of the old one, and the images, are entered in the background.",
    "store_salvaged": "What could be read of a damaged store, or images without a row, are in the record again.",
    "store_failed": "The record cannot be written, for another reason than a full disk.",
    "store_mended": "What a crash or a power cut had left was put in order at the start: half-written files, images "
    "without a row, rows without an image.",
    "store_recovered": "The record is written again.",
    "trigger_missed": "The PLC's counter jumped: so many triggers never came.",
    "uplink_back": "The central broker is there again; what waited goes up, new items first.",
    "uplink_given_up": "An item stays here: the central broker refuses just this one, or hangs up whenever it comes.",
    "uplink_lost": "The central broker is away. Items wait in the record, which does not depend on it.",
    "uplink_refused": "The central broker does not let the station in; it is asked again every 30 s.",
    "uplink_rejected": "The central broker takes no items: often its access list lacks a line. They are kept.",
    "uplink_too_large": "An item is larger than the central broker takes. It is left out until the broker takes more.",
    "uplink_unheard": "The central broker confirms items that nobody reads there. They are kept until somebody does.",
}


def reasons() -> str:
    """docs/reference/reasons.md."""
    _same("reasons", _REASONS, REASON_CODES)
    rows = [(f"`{number:02d}`", code(reason), *_REASONS[reason]) for reason, number in REASON_CODES.items()]
    return f"{_REASONS_INTRO.strip()}\n\n{table(('digits', 'reason', 'what it means', 'what to do'), rows)}"


def errors() -> str:
    """docs/reference/errors.md."""
    tree = inspect.getdoc(e) or ""
    rows = [
        (code(kind.__name__), prose(kind.__doc__), str(kind.exit_code))
        for _, kind in sorted(
            inspect.getmembers(e, lambda thing: inspect.isclass(thing) and issubclass(thing, e.OkkoError)),
            key=lambda pair: inspect.getsourcelines(pair[1])[1],
        )
    ]
    drawn = tree.split("\n\n", 1)[1]
    return f"{_ERRORS_INTRO.strip()}\n\n```\n{drawn}\n```\n\n{table(('error', 'what it is', 'exit code'), rows)}"


def events() -> str:
    """docs/reference/events.md."""
    found: dict[str, set[tuple[str, str, str]]] = {}
    for path in sorted(SERVICES.rglob("*.py")):
        for event_code, severity, text in _said_in(path):
            agent = path.relative_to(SERVICES).parts[0].removesuffix("_agent").replace("okko", "up")
            found.setdefault(event_code, set()).add((severity, agent, text))
    for event_code in get_args(get_type_hints(Trouble)["code"]):
        found[event_code] = {("error", "recorder", "{folder}: {why}; nothing is recorded until it is")}
    _same("events", _EVENTS, found)
    rows = []
    for event_code in sorted(found):
        severity, agent, text = min(found[event_code])
        rows.append((code(event_code), severity, agent, code(text) if text else "", _EVENTS[event_code]))
    return f"{_EVENTS_INTRO.strip()}\n\n{table(('code', 'severity', 'agent', 'text', 'what it means'), rows)}"


def _said_in(path: Path) -> Iterator[tuple[str, str, str]]:
    """Every event that a source file says: its code, severity and text."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {
        (target.id): node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(target := node.targets[0], ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or len(node.args) < 3:  # noqa: PLR2004 - severity, code, text
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        severity, event_code, text = node.args[:3]
        if name.removeprefix("_") not in {"event", "Told"} or not isinstance(event_code, ast.Constant):
            continue
        if isinstance(severity, ast.Constant):
            said = named.get(text.id, text) if isinstance(text, ast.Name) else text
            yield str(event_code.value), str(severity.value), _text(said)


def _text(node: ast.expr) -> str:
    """A text with what is filled in as `{name}`."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) if isinstance(part, ast.Constant) else _filled_in(part) for part in parts)
        case ast.Call(args=[inner, *_]) | ast.BoolOp(values=[inner, *_]):
            return _filled_in(inner)
    return ""


def _filled_in(node: ast.expr) -> str:
    value = node.value if isinstance(node, ast.FormattedValue) else node
    names = [part for part in ast.unparse(value).replace("self.", "").replace("_", " ").split(".") if part.strip()]
    return f"{{{names[-1].strip()}}}"


def _same(what: str, written: Collection[str], found: Collection[str]) -> None:
    lacking, gone = sorted(set(found) - set(written)), sorted(set(written) - set(found))
    if lacking or gone:
        message = f"tools/reference/codes.py: {what} without a description: {lacking}; described but gone: {gone}"
        raise LookupError(message)
