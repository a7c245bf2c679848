"""What a PLC writes and reads: triggers as JSON or text, verdicts in fixed columns."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import msgspec

from okko import clock
from okko.contracts import MAX_DEPTH, MAX_SEQ, REASON_CODES, Reason, Trigger, VerdictWord, is_shallow
from okko.errors import ContractError

MAX_PART_ID = 64
RAW_BYTES = 4096
"""How much of a trigger that is no JSON is kept as it came."""

_TRAILING = b"\0 \r\n"
_SEQ_AND_PART = re.compile(rb"([0-9]+) (.+)", re.DOTALL)
_CODE = re.compile(r"(OK|KO) ([0-9]{10}) ([0-9]{2})(?: (.*))?", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_REASONS: dict[int, Reason] = {code: reason for reason, code in REASON_CODES.items()}

JsonValue = Any


@dataclass(frozen=True, slots=True)
class PlcTrigger:
    """A trigger as it was understood, and as it came.

    `error` says why it cannot be read; `trigger` then holds what could be (`seq` and `part_id`, so that the PLC
    that awaits them hears its KO).
    """

    trigger: Trigger
    raw: JsonValue
    error: str | None = None


def parse_trigger(payload: bytes) -> PlcTrigger:
    """The trigger that a PLC's payload holds, in any of its forms; never raises."""
    if payload.startswith(b"{"):
        return _parse_json(payload)
    return _parse_text(payload)


def unread_trigger(payload: bytes, why: str) -> PlcTrigger:
    """The trigger of a payload that is refused as a whole; its head may still say which part hears its KO."""
    head = payload[:RAW_BYTES]
    return PlcTrigger(parse_trigger(head).trigger, head.decode("utf-8", "replace"), why)


def _parse_json(payload: bytes) -> PlcTrigger:
    as_text = payload[:RAW_BYTES].decode("utf-8", "replace")
    try:
        # PLCs pad their strings; what stands behind the object is cut off as in the text form.
        fields = msgspec.json.decode(payload.rstrip(_TRAILING), type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
        return PlcTrigger(Trigger(), as_text, f"not valid JSON: {error}")
    if not is_shallow(fields):
        return PlcTrigger(_checked(fields, as_text, {}).trigger, as_text, f"nested deeper than {MAX_DEPTH}")
    return _checked(fields, fields, {key: value for key, value in fields.items() if key not in _CHECKS})


def _parse_text(payload: bytes) -> PlcTrigger:
    cut = payload.rstrip(_TRAILING)
    match = _SEQ_AND_PART.fullmatch(cut)
    # What is not UTF-8 becomes characters that cannot be printed, which are refused: its seq is read nevertheless.
    fields: dict[str, Any] = {"part_id": (match[2] if match else cut).decode("utf-8", "surrogateescape")}
    if match:
        # No seq has 20 digits, and Python does not read thousands of them.
        fields["seq"] = int(match[1].lstrip(b"0")[:20] or b"0")
    return _checked(fields, cut[:RAW_BYTES].decode("utf-8", "replace"), {})


def _checked(fields: Mapping[str, Any], raw: JsonValue, extras: dict[str, Any]) -> PlcTrigger:
    """The trigger made of what is right in the fields, with all that is wrong in them."""
    problems: list[str] = []
    good: dict[str, Any] = {}
    for key, check in _CHECKS.items():
        if (value := fields.get(key)) is None:
            continue
        try:
            good[key] = check(value)
        except ValueError as error:
            problems.append(f"{key}: {error}")
    return PlcTrigger(Trigger(**good, extras=extras), raw, "; ".join(problems) or None)


def _check_part_id(value: object) -> str:
    if not isinstance(value, str):
        message = f"must be text, not {type(value).__name__}; write it in quotes"
        raise ValueError(message)  # noqa: TRY004 - one kind of error for all that is wrong with a value
    text = value.rstrip("\0 \r\n")
    if len(text) > MAX_PART_ID:
        message = f"{len(text)} characters; at most {MAX_PART_ID}"
        raise ValueError(message)
    if not text.isprintable():
        message = "has characters that cannot be printed, or is not UTF-8"
        raise ValueError(message)
    return text


def _check_seq(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_SEQ:
        message = f"{str(value)[:40]} is not a whole number from 0 to {MAX_SEQ}"
        raise ValueError(message)
    return value


def _check_instant(value: object) -> str:
    if not isinstance(value, str) or len(value) > 40:  # noqa: PLR2004 - the longest form of ISO 8601 is shorter
        message = "must be ISO 8601 text in UTC, as 2026-11-23T02:19:57.123Z"
        raise ValueError(message)
    return clock.parse_utc(value).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _check_cameras(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(n, str) and _NAME.fullmatch(n) for n in value):
        message = "must be a list of one camera name or more"
        raise ValueError(message)
    return tuple(dict.fromkeys(value))


def _check_recipe(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_PART_ID or not value.isprintable():
        message = f"must be printable text of at most {MAX_PART_ID} characters"
        raise ValueError(message)
    return value


_CHECKS = {
    "part_id": _check_part_id,
    "seq": _check_seq,
    "triggered_at": _check_instant,
    "cameras": _check_cameras,
    "recipe": _check_recipe,
}


def verdict_code(verdict: VerdictWord, seq: int | None, reason: Reason, part_id: str) -> bytes:
    """The fixed columns of `verdict/code`: `OK 0000001042 00 part`."""
    return f"{verdict} {seq or 0:010d} {REASON_CODES[reason]:02d} {part_id}".encode()


def captured_code(seq: int | None, part_id: str) -> bytes:
    """The fixed columns of `captured`: `0000001042 part`."""
    return f"{seq or 0:010d} {part_id}".encode()


@dataclass(frozen=True, slots=True)
class Code:
    """A line of `verdict/code` read back."""

    verdict: VerdictWord
    seq: int
    reason: Reason
    part_id: str


def parse_code(payload: bytes) -> Code:
    """What a line of `verdict/code` says.

    Raises:
        ContractError: if it is none.
    """
    match = _CODE.fullmatch(payload.decode("utf-8", "replace"))
    if match is None or int(match[3]) not in _REASONS:
        raise ContractError("verdict/code", f"{payload[:80]!r} is not `OK|KO seq reason part`")
    word: VerdictWord = "OK" if match[1] == get_args(VerdictWord)[0] else "KO"
    return Code(word, int(match[2]), _REASONS[int(match[3])], match[4] or "")
