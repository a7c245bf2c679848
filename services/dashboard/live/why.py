"""Why a station is not ready, taken apart so that a page can say it in its language, and what to do about it: pure.

The decision agent tells its reasons as one text, in English. What is not known here stays as it came.
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from okko import contracts as c

_OUTSIDE_BRACKETS = re.compile(r"; (?![^(]*\))")
_ONE_AGENT = re.compile(r"(?P<what>.+?): (?P<agent>[\w-]+) is (?P<state>offline|faulted|silent)(?: \((?P<why>.*)\))?")
_NOT_SERVED = re.compile(r"(?P<what>.+?): (?P<agent>[\w-]+) does not serve it yet")
_ABSENT = re.compile(r"(?P<what>.+?): (?P<agent>.+) has not come")
_TO_COME = re.compile(rf"{c.GOLDEN_PARTS}: still to come: (?P<parts>.*)", re.DOTALL)
_A_NAME = "(?:(?! must be ).)+"
_ONE_WRONG = re.compile(
    rf"{c.GOLDEN_PARTS}: (?P<part>{_A_NAME}) must be (?P<expect>OK|KO) and came (?P<came>{_A_NAME})", re.DOTALL
)
_GOLDEN = re.compile(rf"{c.GOLDEN_PARTS}: (?P<parts>.*)", re.DOTALL)
_WHOLE: Mapping[str, str] = {
    c.NO_MODEL: "no_model",
    "more triggers come than can be read": "behind",
    "the broker has not given back the barrier": "barrier",
    "the broker stood still or was away: triggers of that time may still come": "stood_still",
}
_REMEDIES: Mapping[str, str] = {
    "no_model": "no_model",
    "golden": "golden_wrong",
    "golden_wrong": "golden_wrong",
    "golden_to_come": "golden",
    "behind": "behind",
    "barrier": "passes",
    "stood_still": "passes",
    "offline": "offline",
    "absent": "offline",
    "not_served": "begins",
}
_DEVICES = ("camera", "inference", "recorder")


class Reason(Struct, frozen=True):
    """One reason: `name` of its text (`live.why_...`), and what stands in the text's places; without a name, `text`."""

    name: str
    values: Mapping[str, str]
    text: str


def reasons_of(why: str) -> list[Reason]:
    """The reasons that a decision agent's `why` is made of, in its order."""
    told = why.removeprefix("not ready: ")
    if not told:
        return []
    if told.startswith(f"{c.GOLDEN_PARTS}: "):
        return _golden(told.removeprefix(f"{c.GOLDEN_PARTS}: "))
    before, golden, parts = told.partition(f"; {c.GOLDEN_PARTS}: ")
    found = [_reason(one) for one in _OUTSIDE_BRACKETS.split(before)]
    return [*found, *_golden(parts)] if golden else found


def _golden(parts: str) -> list[Reason]:
    """What came wrong, then what is still to come; parts may be called anything, so they are not told apart."""
    wrong, both, to_come = parts.rpartition(", still to come: ")
    if not both:
        return [_reason(f"{c.GOLDEN_PARTS}: {parts}")]
    return [_reason(f"{c.GOLDEN_PARTS}: {wrong}"), _reason(f"{c.GOLDEN_PARTS}: still to come: {to_come}")]


def remedy_of(reasons: list[Reason]) -> str:
    """What to do about the first of them: the name of its text (`live.remedy_...`)."""
    if not reasons:
        return "other"
    first = reasons[0]
    if first.name in _REMEDIES:
        return _REMEDIES[first.name]
    agent = first.values.get("agent", "")
    return next((device for device in _DEVICES if agent.startswith(device)), "other")


def _reason(text: str) -> Reason:
    if text in _WHOLE:
        return Reason(_WHOLE[text], {}, text)
    if (one := _ONE_AGENT.fullmatch(text)) is not None:
        why = one["why"] or ""
        name = f"{one['state']}_because" if why and one["state"] == "faulted" else one["state"]
        return Reason(name, {"what": one["what"], "agent": one["agent"], "why": why}, text)
    for name, pattern in (
        ("not_served", _NOT_SERVED),
        ("absent", _ABSENT),
        ("golden_to_come", _TO_COME),
        ("golden_wrong", _ONE_WRONG),
        ("golden", _GOLDEN),
    ):
        if (found := pattern.fullmatch(text)) is not None:
            return Reason(name, found.groupdict(), text)
    return Reason("", {}, text)
