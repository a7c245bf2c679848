"""What the messages that are plain text look like: a name, a pattern and words for each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from okko.contracts import REASON_CODES
from okko.plc import MAX_PART_ID
from okko.topics import SPECS

# ECMA 262, without look-around: the dialect that every JSON Schema library reads.
_PRINTABLE = r"[^\u0000-\u001f\u007f]"
_PART = f"{_PRINTABLE}{{0,{MAX_PART_ID}}}"
_REASON = "|".join(f"{number:02d}" for number in sorted(REASON_CODES.values()))
_REASONS_SAID = ", ".join(f"{number:02d} {reason}" for reason, number in REASON_CODES.items())


@dataclass(frozen=True)
class TextForm:
    """One form of text; `pattern` is a regular expression of ECMA 262 for the whole of it.

    `columns` tell where its fields stand: the first and the last character, counted from 1; without a last one to the
    end. `reasons` are the names of the reasons' numbers, where it has one.
    """

    name: str
    about: str
    pattern: str
    columns: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)


_TRIGGER = TextForm(
    "TriggerText",
    "A part has arrived: `seq part_id` (digits, one space or more, the part), or the part alone, or an empty payload: "
    "a part without a name. What begins with `{` is a Trigger in JSON. Trailing NUL, space, CR and LF are cut off; "
    f"`seq` is 0 to 4294967295, `part_id` has at most {MAX_PART_ID} printable characters.",
    rf"^([0-9]{{1,10}} +{_PRINTABLE}{{1,{MAX_PART_ID}}}|[^{{\u0000-\u001f\u007f]{_PRINTABLE}{{0,{MAX_PART_ID - 1}}})?$",
)

TEXTS: Mapping[str, TextForm] = {
    "trigger": _TRIGGER,
    "ask": _TRIGGER,
    "captured": TextForm(
        "CapturedCode",
        "All cameras have exposed: the part may move. Columns 1 to 10 `seq` with leading zeros (zeros where the "
        "trigger had none), from column 12 `part_id`.",
        f"^[0-9]{{10}} {_PART}$",
        columns={"seq": (1, 10), "part_id": (12,)},
    ),
    "verdict_code": TextForm(
        "VerdictCode",
        "The verdict in fixed columns: 1 and 2 `OK` or `KO`, 4 to 13 `seq` with leading zeros (zeros where the trigger "
        f"had none), 15 and 16 the reason, from 18 `part_id`. Reasons: {_REASONS_SAID}.",
        f"^(OK|KO) [0-9]{{10}} ({_REASON}) {_PART}$",
        columns={"verdict": (1, 2), "seq": (4, 13), "reason": (15, 16), "part_id": (18,)},
        reasons={f"{number:02d}": reason for reason, number in REASON_CODES.items()},
    ),
    "ready": TextForm(
        "Ready",
        "`1`: the station can judge parts; `0`: it can't. None for 3 s, or no connection, is `0`.",
        "^[01]$",
    ),
    "bridge": TextForm(
        "Bridge",
        "Made by the broker itself: `1` while its bridge to the central broker stands, else `0`.",
        "^[01]$",
    ),
}

if lacking := {spec.key for spec in SPECS.values() if spec.payload is None} ^ set(TEXTS):
    message = f"topics of text and their forms differ: {sorted(lacking)}"
    raise LookupError(message)
