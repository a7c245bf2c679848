"""`okko model compare`: where what looked on would have judged otherwise, from the record."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from decision_agent.rules import Rule
from decision_agent.shadow import Compared, compare
from okko import contracts as c
from okko.commands.argument import station_argument
from okko.station import load
from recorder.instants import typed_instant_ms
from recorder.query import Query
from recorder.reader import open_store, stored_items

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """An item that the two would have judged otherwise."""

    item_id: str
    part_id: str
    decided_at: str
    compared: Compared


@dataclass(slots=True)
class Agreement:
    """What came of one model that looked on; `counts` by (decided, shadow), None where they cannot be compared."""

    name: str
    version: str
    counts: Counter[tuple[str, str] | None] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    @property
    def compared(self) -> int:
        """How many items could be compared."""
        return self.counts.total() - self.counts[None]

    @property
    def agree(self) -> int:
        """In how many both said the same."""
        return self.counts["OK", "OK"] + self.counts["KO", "KO"]


def agreements(items: Iterable[c.Item], camera: str, rules: Sequence[Rule], own: Sequence[Rule]) -> list[Agreement]:
    """One for each model, and version of it, that looked on at the camera in these items; by these rules."""
    found: dict[tuple[str, str], Agreement] = {}
    for item in items:
        seen = [prediction for prediction in item.predictions if prediction.camera == camera]
        deciding = {prediction.model.name: prediction for prediction in seen if not prediction.shadow}
        for shadow in seen:
            if not shadow.shadow:
                continue
            key = (shadow.model.name, shadow.model.version)
            agreement = found.setdefault(key, Agreement(*key))
            paired = [
                (rule, getattr(rule, "model", None) or next(iter(deciding)))
                for rule in rules
                if rule.camera == camera and deciding
            ]
            compared = compare(paired, own, deciding, shadow)
            agreement.counts[None if compared is None else (compared.decided, compared.shadow)] += 1
            if compared is not None and compared.word == "differs":
                agreement.differences.append(Difference(item.item_id, item.part_id, item.decided_at, compared))
    return list(found.values())


def _instant_ms(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    try:
        return None if text is None else typed_instant_ms(text, datetime.now(UTC))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command(
    "compare",
    short_help="Where a model in the shadow would have judged otherwise.",
    epilog="""\b
Examples:
  okko model compare stations/ducks left --since 2h
  okko model compare stations/ducks left --json | jq '.[0].differences[].item_id'
""",
)
@station_argument
@click.argument("camera")
@click.option(
    "--since", "since_ms", metavar="WHEN", callback=_instant_ms, help="Decided at this time or later; 2h: ago."
)
@click.option("--json", "as_json", is_flag=True, help="The same as JSON, with all the items that differ.")
def compare_models(station: Path, camera: str, since_ms: int | None, *, as_json: bool) -> None:
    """How often the model in the shadow of CAMERA of STATION agreed with those that decided, from the record.

    Both are judged by the rules that are in force now.
    """
    loaded = load(station)
    loaded.camera(camera)
    change = loaded.changes.shadow_of(camera)
    with open_store(loaded.data) as connection:
        stored = stored_items(connection, Query(since_ms=since_ms, camera=camera)) if connection is not None else ()
        items = (c.decode(c.Item, one.item.encode()) for one in stored)
        found = agreements(items, camera, loaded.rules, () if change is None else change.rules)
    if as_json:
        click.echo(json.dumps([_fields(agreement) for agreement in found]))
    elif not found:
        click.echo("nothing is recorded of a model that looked on there", err=True)
    else:
        click.echo("\n".join(line for agreement in found for line in _lines(agreement)))


def _fields(agreement: Agreement) -> dict[str, Any]:
    pairs = {f"{pair[0]}_{pair[1]}": count for pair, count in agreement.counts.items() if pair is not None}
    return {
        "name": agreement.name,
        "version": agreement.version,
        "compared": agreement.compared,
        "agree": agreement.agree,
        "not_comparable": agreement.counts[None],
        "decided_shadow": pairs,
        "differences": [
            {
                "item_id": one.item_id,
                "part_id": one.part_id,
                "decided_at": one.decided_at,
                "decided": one.compared.decided,
                "shadow": one.compared.shadow,
                "text": one.compared.text,
            }
            for one in agreement.differences
        ],
    }


def _lines(agreement: Agreement) -> Iterator[str]:
    counts, compared = agreement.counts, agreement.compared
    share = f" ({agreement.agree / compared:.1%})" if compared else ""
    yield f"{agreement.name} {agreement.version}: {agreement.agree} of {compared} agree{share}"
    if counts[None]:
        yield f"  {counts[None]} cannot be compared: one of them failed, or no rule judges both"
    yield "  decided     shadow OK   shadow KO"
    for word in ("OK", "KO"):
        yield f"  {word:<8}  {counts[word, 'OK']:>11} {counts[word, 'KO']:>11}"
    for one in agreement.differences[-MOST_SHOWN:]:
        told = f": {one.compared.text}" if one.compared.text else ""
        yield f"  {one.item_id}  {one.part_id}  {one.compared.decided} -> {one.compared.shadow}{told}"
    if (more := len(agreement.differences) - MOST_SHOWN) > 0:
        yield f"  and {more} before; --json has all"
