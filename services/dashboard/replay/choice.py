"""What somebody wants replayed: items, a model in the place of one, other bounds of rules. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dashboard.jobs.files import PICTURES, REPORT
from decision_agent.rules import ImageRule, Rule
from okko.clock import utc_text
from okko.contracts import Id, Name, VerdictWord
from okko.station import Station
from recorder.query import Query
from workshop.teaching.whole import lines

ITEMS = "items.txt"
RULES = "rules.toml"
LISTED = 2000
"""So many flips are listed; all are counted."""

BOUNDS = (
    *("min_score", "max_score", "count", "area"),
    *("min_brightness", "max_brightness", "max_saturated", "min_sharpness"),
)


class Bound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another bound for a rule, by its place in the station's list."""

    rule: Annotated[int, Meta(ge=0, le=1000)]
    key: Annotated[str, Meta(pattern="^[a-z_]{1,40}$")]
    value: float


class ReplayChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for. `bundle`: a model by its key, empty: as it is; `since_ms`, `until_ms` in Unix milliseconds."""

    bundle: Annotated[str, Meta(max_length=250)] = ""
    camera: Name | None = None
    limit: Annotated[int, Meta(ge=1, le=1_000_000)] = 500
    since_ms: int | None = None
    until_ms: int | None = None
    verdict: VerdictWord | None = None
    labelled: bool = False
    items: Annotated[tuple[Id, ...], Meta(max_length=1000)] = ()
    bounds: Annotated[tuple[Bound, ...], Meta(max_length=200)] = ()

    @property
    def query(self) -> Query:
        """The items that are meant."""
        return Query(
            verdict=self.verdict,
            since_ms=self.since_ms,
            until_ms=self.until_ms,
            labelled=self.labelled or None,
            limit=self.limit,
            items=self.items or None,
        )


@dataclass(frozen=True, slots=True)
class Bounded:
    """A number of a rule that can be another one: the rule's place, its words, the key, the value in force."""

    place: int
    about: str
    key: str
    value: float


def bounded(rules: Sequence[Rule]) -> Iterator[Bounded]:
    """The numbers of these rules that one may try to change."""
    for place, rule in enumerate(rules):
        for key in BOUNDS:
            value = getattr(rule, key, None)
            if isinstance(value, int | float):
                label = getattr(rule, "label", None)
                named = [rule.kind, rule.camera, *([str(label)] if label else [])]
                yield Bounded(place, " ".join(named), key, value)


def with_bounds(rules: Sequence[Rule], bounds: Sequence[Bound]) -> tuple[Rule, ...]:
    """The rules with other bounds.

    Raises:
        ValueError: if there is no such rule, it has no such bound, or may not have such a value.
    """
    changed = list(rules)
    for bound in bounds:
        if (
            bound.rule >= len(changed)
            or bound.key not in BOUNDS
            or getattr(changed[bound.rule], bound.key, None) is None
        ):
            message = f"the rule {bound.rule} has no {bound.key}"
            raise ValueError(message)
        rule = changed[bound.rule]
        values = {**rule.model_dump(), bound.key: round(bound.value) if bound.key == "count" else bound.value}
        changed[bound.rule] = type(rule).model_validate(values)
    return tuple(changed)


def in_place_of(rules: Sequence[Rule], camera: str, rule: Rule) -> tuple[Rule, ...]:
    """The rules, where a camera's model is judged by another one from now on: pictures are still looked at."""
    kept = tuple(one for one in rules if one.camera != camera or isinstance(one, ImageRule))
    return (*kept, rule)


def rules_file(station: Station, rules: Sequence[Rule]) -> str:
    """The rules as a station file has them, and how they combine."""
    combine: dict[str, Any] = station.file.combine.model_dump(mode="json", exclude_none=True)
    tables = [rule.model_dump(mode="json", exclude_none=True) for rule in rules]
    return f"[combine]\n{lines(combine)}" + "".join(f"\n[[rule]]\n{lines(table)}" for table in tables)


def command_of(
    choice: ReplayChoice, station: Path, bundle: Path | None, folder: Path, *, rules: bool
) -> tuple[str, ...]:
    """The arguments of `okko`; what is long stands in files of the job's folder."""
    command = [
        "replay",
        str(station),
        "--json",
        "--progress",
        "json",
        "--list",
        str(LISTED),
        "--limit",
        str(choice.limit),
    ]
    command += ["--out", str(folder / REPORT), "--pictures", str(folder / PICTURES)]
    if bundle is not None:
        command += ["--bundle", str(bundle)]
        command += ["--camera", choice.camera] if choice.camera else []
    if rules:
        command += ["--rules", str(folder / RULES)]
    if choice.verdict is not None:
        command += ["--verdict", choice.verdict]
    if choice.labelled:
        command.append("--labelled")
    if choice.items:
        command += ["--items-from", str(folder / ITEMS)]
    for option, instant_ms in (("--since", choice.since_ms), ("--until", choice.until_ms)):
        if instant_ms is not None:
            command += [option, utc_text(instant_ms * 1_000_000)]
    return tuple(command)
