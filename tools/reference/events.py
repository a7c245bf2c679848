"""The page of events: each that the code says, and with which text; what it means, and what to do, stands here."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, get_args, get_type_hints

from okko.documents.markdown import code, table
from recorder.writer import Trouble
from tools.reference.codes import same

SERVICES = Path(__file__).parents[2] / "services"

_INTRO = """
# Events

Messages for people on `{base}/event` ([Event](messages.md#event)); `okko watch` shows the last ones. Braces
stand for what is filled in.
"""

_HEAD = ("code", "severity", "agent", "text", "what it means", "what to do")


class Meaning(NamedTuple):
    """What an event means to a person, and what the person does."""

    means: str
    do: str = "Nothing."


_EVENTS: Mapping[str, Meaning] = {
    "broker_restarted": Meaning(
        "The broker that `okko up` had started died, and was started again. What it was carrying is lost: parts in "
        "flight get their verdict at their deadline, what was made comes to the record from who made it, and a trigger "
        "that was lost is seen as a gap in `seq`.",
        "If it comes often: its reason stands in the log of `okko up`; a full disk and too little memory are the usual "
        "ones.",
    ),
    "camera_back": Meaning("The camera that was lost is open again."),
    "camera_lost": Meaning(
        "The camera cannot be opened, or gave no frame. It is tried again and again; `ready` is 0.",
        "Look at cable, power and address; a folder or video must be there. See [cameras](../how-to/cameras.md).",
    ),
    "camera_warning": Meaning(
        "The camera refused a setting, or cannot do something that was asked for.",
        "Change or remove that setting, see [cameras](../how-to/cameras.md).",
    ),
    "config_activated": Meaning(
        "Another station file is in force: by whom, and why. Agents whose settings it changes begin anew.",
        "`okko config history` shows the versions, `okko config rollback` goes back.",
    ),
    "config_not_taken": Meaning(
        "An agent does not work by the station file that is in force: it runs on a machine with a file of its own, or "
        "it did not end when it was asked to.",
        "Copy the station file to that machine and start the agent again. "
        "See [change the configuration](../how-to/change-the-configuration.md).",
    ),
    "crash_loop": Meaning(
        "`okko up` starts an agent again and again, and each time it dies within seconds. It goes on trying, every few "
        "seconds; `ready` is 0 where the station needs that agent.",
        "Read what the agent wrote before it died, in the log of `okko up`; "
        "[find what is wrong](../how-to/find-what-is-wrong.md).",
    ),
    "deadline_missed": Meaning(
        "An item's time was up; its verdict is KO `deadline`.",
        "If it comes often: `okko watch` shows which stage is slow. A longer `deadline_ms`, or less work.",
    ),
    "disk_low": Meaning(
        "A limit of `[recorder.retention]` is near: images will go soon.",
        "Nothing, if they may. Else copy them, or give more room: [keep and delete](../how-to/keep-and-delete.md).",
    ),
    "disk_full": Meaning(
        "The record's disk is full. Verdicts go on, nothing is recorded; what is held is written when there is room.",
        "Make room, soon: the producers hold what they can, not for ever.",
    ),
    "golden_begun": Meaning(
        "A round of golden parts is due, and why. Unless the station file says otherwise, `ready` is 0 until each has "
        "passed.",
        "Send the golden parts through: [golden parts](../how-to/golden-parts.md).",
    ),
    "golden_failed": Meaning(
        "A golden part did not get the verdict that it must get. As an error: a known-bad part came OK, so that bad "
        "parts pass. `was not inspected`: its trigger was old or could not be worked on; that says nothing either way.",
        "See the pictures of the item; look at light, lens, position, and the model in force. Then send it again: "
        "`ready` comes back with it. What was made since the last good round is in question.",
    ),
    "golden_passed": Meaning("Each golden part got the verdict that it must get."),
    "journal_back": Meaning("The journal is written again."),
    "journal_damaged": Meaning(
        "The journal could not be read and was put aside. Lost are counts, verdicts that might be asked for, and items "
        "that the recorder had not yet; repeats of triggers count as new items.",
        "Look at the disk's health. The file is kept, for whoever wants to look into it.",
    ),
    "journal_degraded": Meaning(
        "The journal cannot be written: verdicts go on, but a restart would not know of them.",
        "Make room on the journal's disk (`path` under `[journal]`), or mend its permissions; do not restart before.",
    ),
    "message_too_large": Meaning(
        "The broker takes no message so large: none of them is sent, and what needed it is KO, or not recorded.",
        "Set `max_packet_size` in its mosquitto.conf (from Mosquitto 2.1 on it is 2 MB where nothing is set), or make "
        "frames smaller (`encoding`, `roi`).",
    ),
    "model_changed": Meaning(
        "Another model is in force for a camera, from the next item on; `station` has the new hash of the "
        "configuration.",
        "Nothing; `okko model list` says who wanted it, `okko model rollback` takes it back.",
    ),
    "model_fault": Meaning(
        "A model cannot be loaded or fails. It is tried again when its file changes; `ready` is 0.",
        "`okko check` says what is wrong with it. Put the right file in its place.",
    ),
    "model_recovered": Meaning("The model works again."),
    "models_refused": Meaning(
        "What `models.toml` says cannot be put in force while the station runs; the models stay as they are. A start "
        "would fail for the same reason.",
        "`okko check` says what is wrong. `okko model rollback` takes the last choice back.",
    ),
    "not_ready": Meaning(
        "`ready` went from 1 to 0, and why.",
        "What the text names. The PLC holds the line, or rejects, until `ready` is 1.",
    ),
    "outbox_damaged": Meaning(
        "A frame that waited for the recorder cannot be read any more; its file is put aside.",
        "Look at the disk's health. The item is recorded without this frame.",
    ),
    "outbox_dropped": Meaning(
        "Frames were given up before the recorder had them: the record will lack them.",
        "See why the recorder is away or slow; a larger outbox lasts longer.",
    ),
    "outbox_failed": Meaning(
        "The folder of the outbox cannot be used: frames are published, but not held for the recorder.",
        "Make the folder of `outbox`, or let the agent's user write there.",
    ),
    "record_conflict": Meaning(
        "An item or frame came a second time with another content; the first stands.",
        "Should not happen. See whether another program publishes on the station's topics.",
    ),
    "recorder_overload": Meaning(
        "The disk is too slow for what comes; what is not taken now is sent again by its producer.",
        "If it comes often: a faster disk, or smaller pictures.",
    ),
    "retention_forced": Meaning(
        "For want of room images of KO or labelled items went, or of items that still wait for the uplink: more is "
        "coming in than the limits of `[recorder.retention]` let stay.",
        "More room, or shorter times for OK images: [keep and delete](../how-to/keep-and-delete.md).",
    ),
    "retention_forgotten": Meaning("Items older than `rows_days` are no longer in the record."),
    "retention_removed": Meaning(
        "Images of OK items went for want of room, or images that were older than they need to be. At most once a "
        "minute, with sums.",
    ),
    "retention_stuck": Meaning(
        "A limit is passed, and no image is left that may go.",
        "Make room: other programs fill the disk, or `min_free_percent` asks for more than there can be.",
    ),
    "report_failed": Meaning(
        "The report of a shift could not be written; the record has all of it.",
        "Mend what the text says, then make it by hand: [the shift report](../how-to/shift-report.md).",
    ),
    "report_written": Meaning(
        "A shift has ended and its report is written.",
        "Read it: [the shift report](../how-to/shift-report.md).",
    ),
    "seq_reset": Meaning(
        "The PLC's counter went back: it wrapped, or the PLC was started again.",
        "Nothing, if it was. Else two programs send triggers.",
    ),
    "shadow_fault": Meaning(
        "A model in the shadow cannot be loaded, or hangs. Verdicts do not depend on it.",
        "`okko model try` says what is wrong with its bundle; `okko model shadow --off` takes it away.",
    ),
    "source_ended": Meaning(
        "A folder or video without `loop` has shown all it has; from now on KO `camera_fault`.",
        "`loop = true`, or start the station again for another round.",
    ),
    "store_damaged": Meaning(
        "The store cannot be read, or is lost. It is kept under a name with the time, a new one is begun, and all that "
        "can be read of the old one, and the images, are entered in the background.",
        "Wait for `store_salvaged`; look at the disk's health.",
    ),
    "store_failed": Meaning(
        "The record cannot be written, for another reason than a full disk. Verdicts go on; it is tried again.",
        "What the text says: permissions, a disk that went read-only, a folder that is gone.",
    ),
    "store_mended": Meaning(
        "What a crash or a power cut had left was put in order at the start: half-written files, images without a row, "
        "rows without an image.",
    ),
    "store_recovered": Meaning("The record is written again."),
    "store_salvaged": Meaning(
        "What could be read of a damaged store, or images without a row, are in the record again.",
        "Compare with what the text says is lost; the old file may go.",
    ),
    "trigger_missed": Meaning(
        "The PLC's counter jumped: so many triggers never came.",
        "Those parts have no verdict, the PLC rejects them. If it comes often: look at the PLC's connection.",
    ),
    "uplink_back": Meaning("The central broker is there again; what waited goes up, new items first."),
    "uplink_given_up": Meaning(
        "An item stays here: the central broker refuses just this one, or hangs up whenever it comes.",
        "Ask for the reason in the central broker's log. The item is in the record here.",
    ),
    "uplink_lost": Meaning(
        "The central broker is away. Items wait in the record, which does not depend on it.",
        "Nothing, if it comes back. Else look at network and address.",
    ),
    "uplink_refused": Meaning(
        "The central broker does not let the station in; it is asked again every 30 s.",
        "Mend user, password or certificate: [the uplink](../how-to/central-broker.md#the-uplink).",
    ),
    "uplink_rejected": Meaning(
        "The central broker takes no items. They are kept.",
        "Often its access list lacks a line: "
        "[who may do what](../how-to/central-broker.md#who-may-do-what-at-the-central-broker).",
    ),
    "uplink_too_large": Meaning(
        "An item is larger than the central broker takes. It is left out until the broker takes more.",
        "Raise `max_packet_size` there.",
    ),
    "uplink_unheard": Meaning(
        "The central broker confirms items that nobody reads there. They are kept until somebody does.",
        "Start the reader, or set `without_reader`: "
        "[when has an item arrived?](../how-to/central-broker.md#when-has-an-item-arrived)",
    ),
}


def events() -> str:
    """docs/reference/events.md."""
    found: dict[str, set[tuple[str, str, str]]] = {}
    for path in sorted(SERVICES.rglob("*.py")):
        for event_code, severity, text in _said_in(path):
            where = path.relative_to(SERVICES)
            by_all = where == Path("okko/agent.py")
            agent = "each" if by_all else where.parts[0].removesuffix("_agent").replace("okko", "up")
            found.setdefault(event_code, set()).add((severity, agent, text))
    for event_code in get_args(get_type_hints(Trouble)["code"]):
        found[event_code] = {("error", "recorder", "{folder}: {why}; nothing is recorded until it is")}
    same("events", _EVENTS, found)
    rows = []
    for event_code in sorted(found):
        severity, agent, text = min(found[event_code])
        rows.append((code(event_code), severity, agent, code(text) if text else "", *_EVENTS[event_code]))
    return f"{_INTRO.strip()}\n\n{table(_HEAD, rows)}"


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
