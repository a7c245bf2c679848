"""Which items a page shows, as the query of its address says it: to be shared, and to go back to. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, get_args
from urllib.parse import urlencode

from okko.contracts import Reason, VerdictWord
from recorder.instants import typed_instant_ms
from recorder.query import Query
from recorder.reader import Place

TEXTS = {
    "camera": "camera",
    "part": "part_id",
    "text": "text",
    "finding": "finding",
    "rule": "rule",
    "model": "model",
    "label": "label",
}
"""Names in the address, and the query's."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "verdict": get_args(VerdictWord),
    "reason": get_args(Reason),
    "borderline": ("yes", "no"),
    "labelled": ("yes", "no"),
    "golden": ("yes", "no"),
}
SCORES = {"min": "min_score", "max": "max_score"}
INSTANTS = {"since": "since_ms", "until": "until_ms"}
AGO = ("1h", "8h", "24h", "7d", "30d")
LONGEST = 200

FILTERS = (*CHOICES, *TEXTS, *SCORES, *INSTANTS)
"""All that chooses items; what else stands in an address says which page of them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. `given` are the filters as they were written, `wrong` those that cannot be read.

    `after` is the place beyond which the page begins, `before` the one before which it ends.
    """

    query: Query
    given: Mapping[str, str] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()
    oldest_first: bool = False
    after: Place | None = None
    before: Place | None = None

    def address(self, path: str, **more: str) -> str:
        """A page with the same filters."""
        order = {"order": "old"} if self.oldest_first else {}
        values = {**self.given, **order, **more}
        return f"{path}?{urlencode(values)}" if values else path


def wanted(asked: Mapping[str, str], now: datetime) -> Wanted:
    """What the query of an address asks for; instants without a zone are in that of `now`."""
    given = {name: asked[name].strip()[:LONGEST] for name in FILTERS if asked.get(name, "").strip()}
    values: dict[str, Any] = {}
    wrong = []
    for name, text in given.items():
        try:
            values.update(_value(name, text, now))
        except ValueError:
            wrong.append(name)
    return Wanted(
        query=Query(**values),
        given=given,
        wrong=tuple(wrong),
        oldest_first=asked.get("order") == "old",
        after=place_in(asked.get("after", "")),
        before=place_in(asked.get("before", "")),
    )


def place_text(place: Place) -> str:
    """A place in an address."""
    return f"{place[0]}-{place[1]}"


def place_in(text: str) -> Place | None:
    """The place that an address names, or None."""
    decided, _, number = text.rpartition("-")
    try:
        place = int(decided), int(number)
    except ValueError:
        return None
    return place if all(abs(one) < 2**62 for one in place) else None


def _value(name: str, text: str, now: datetime) -> Mapping[str, Any]:
    if name in TEXTS:
        return {TEXTS[name]: text}
    if name in SCORES:
        number = float(text.replace(",", "."))
        if number != number:  # noqa: PLR0124 - NaN, which compares with nothing
            raise ValueError
        return {SCORES[name]: number}
    if name in INSTANTS:
        return {INSTANTS[name]: _instant_ms(text, now)}
    if text not in CHOICES[name]:
        raise ValueError
    return {name: text == "yes" if CHOICES[name] == ("yes", "no") else text}


def _instant_ms(text: str, now: datetime) -> int:
    """An instant as a browser's field or a person writes it; with a date alone, the day's first moment."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return typed_instant_ms(text, now.astimezone(UTC))
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=now.tzinfo)
    return round((instant - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))


def local(ms: int, zone: tzinfo | None) -> datetime:
    """An instant (Unix, ms) in a zone."""
    return datetime.fromtimestamp(ms / 1000, zone)
