"""Which items are wanted, and how that is asked of the store. Pure.

Items are walked in the order of their decisions, along an index, and never sorted. What stands in the table `items`
and its indexes is asked of it; everything else of `facts`, which has a short row an item (recorder/facts.py).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from okko.contracts import Reason, VerdictWord
from recorder.facts import folded
from recorder.migrations import NOTED_SQL

_OF_THESE = "id IN (SELECT id FROM items WHERE item_id IN (SELECT value FROM json_each(?)))"
_UNLABELLED = "item_id NOT IN (SELECT item_id FROM labels)"


@dataclass(frozen=True, slots=True)
class Query:
    """Which items are wanted; `since_ms` inclusive, `until_ms` not (Unix). With `limit`: the newest so many.

    `part_id` is the whole name; `text` stands anywhere in the part's name or in what else its trigger carried
    (`mould=17`), `finding` in what a rule found wrong; both whatever their case. `min_score` and `max_score` bound the
    score of one prediction, of `model` and `camera` where they are given. `items`: only those with these ids.
    """

    verdict: VerdictWord | None = None
    reason: Reason | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    camera: str | None = None
    labelled: bool | None = None
    golden: bool | None = None
    limit: int | None = None
    label: str | None = None
    borderline: bool | None = None
    part_id: str | None = None
    text: str | None = None
    finding: str | None = None
    rule: str | None = None
    model: str | None = None
    min_score: float | None = None
    max_score: float | None = None
    items: tuple[str, ...] | None = None

    @property
    def needs_facts(self) -> bool:
        """Whether the table `items` cannot tell."""
        return any(
            value is not None
            for value in (self.text, self.finding, self.rule, self.model, self.min_score, self.max_score)
        )

    @property
    def gains_by_facts(self) -> bool:
        """Whether `items` has no index for it, so that long rows would have to be read."""
        return self.items is None and any(
            value is not None for value in (self.camera, self.labelled, self.label, self.borderline, self.part_id)
        )


@dataclass(frozen=True, slots=True)
class Part:
    """Conditions of one kind, as SQL with its values."""

    sql: str
    values: tuple[str | int | float, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as SQL. `walked`: what an index tells by itself; `looked`: what each row is then looked at for."""

    table: str
    walked: Part
    looked: Part | None

    @property
    def where(self) -> str:
        """All conditions."""
        return self.walked.sql if self.looked is None else f"{self.walked.sql} AND {self.looked.sql}"

    @property
    def values(self) -> tuple[str | int | float, ...]:
        """The values of all conditions, in their order."""
        return self.walked.values if self.looked is None else (*self.walked.values, *self.looked.values)

    def page_sql(self, *, newest_first: bool) -> str:
        """The statement for places, (decided_ms, id), that match, beyond one of them; values, place, how many."""
        return self._places(self.where, newest_first=newest_first)

    def walk_sql(self, *, newest_first: bool) -> str:
        """The same for places that may match."""
        return self._places(self.walked.sql, newest_first=newest_first)

    def _places(self, where: str, *, newest_first: bool) -> str:
        order, beyond = (" DESC", "<") if newest_first else ("", ">")
        return (
            f"SELECT decided_ms, id FROM {self.table} WHERE {where} "  # noqa: S608 - values are bound
            f"AND (decided_ms, id) {beyond} (?, ?) ORDER BY decided_ms{order}, id{order} LIMIT ?"
        )


def asked(query: Query, *, facts: bool) -> Asked:
    """The SQL of a query. `facts`: every item has its facts, so they may be asked for what `items` tells slowly."""
    of_facts = query.needs_facts or (facts and query.gains_by_facts)
    span = list(_span(query))
    named = list(_named(query))
    if not of_facts:
        return Asked("items", _part([*span, *named]) or Part("1"), _part(_of_items(query)))
    index = _index(query)
    table = f"facts INDEXED BY {index.name}" if index else "facts"
    walked = _part([*span, *([Part(index.sql, index.values)] if index else [])])
    return Asked(table, walked or Part("1"), _part([*named, *_of_facts(query)]))


def _part(parts: Iterable[Part]) -> Part | None:
    given = list(parts)
    if not given:
        return None
    return Part(" AND ".join(part.sql for part in given), tuple(value for part in given for value in part.values))


def _span(query: Query) -> Iterator[Part]:
    if query.since_ms is not None:
        yield Part("decided_ms >= ?", (query.since_ms,))
    if query.until_ms is not None:
        yield Part("decided_ms < ?", (query.until_ms,))


def _named(query: Query) -> Iterator[Part]:
    """What `items` has indexes for."""
    if query.verdict is not None:
        yield Part("verdict = ?", (query.verdict,))
    if query.reason is not None:
        yield Part("reason = ?", (query.reason,))
    if query.golden is not None:
        yield Part(f"golden = {int(query.golden)}")  # not bound: SQLite would not see that the index is of these


def _of_both(query: Query) -> Iterator[Part]:
    if query.camera is not None:
        yield Part("instr(cameras, ?)", (f" {query.camera} ",))
    if query.borderline is not None:
        yield Part("borderline = ?", (int(query.borderline),))
    if query.part_id is not None:
        yield Part("part_id = ?", (query.part_id,))
    if query.items is not None:
        # One bound value, however many there are.
        yield Part(_OF_THESE, (json.dumps(query.items),))


def _of_items(query: Query) -> Iterator[Part]:
    yield from _of_both(query)
    if query.labelled is not None:
        yield Part("item_id IN (SELECT item_id FROM labels)" if query.labelled else _UNLABELLED)
    if query.label is not None:
        yield Part("item_id IN (SELECT item_id FROM labels WHERE label = ?)", (query.label,))


def _of_facts(query: Query) -> Iterator[Part]:
    yield from _of_both(query)
    if query.labelled is not None:
        yield Part(f"label IS {'NOT ' if query.labelled else ''}NULL")
    if query.label is not None:
        yield Part("label = ?", (query.label,))
    if query.text is not None:
        yield Part("instr(carried, ?)", (folded(query.text),))
    if query.rule is not None:
        yield Part("instr(findings, ?)", (f"\n{folded(query.rule)}|",))
    if query.finding is not None:
        yield Part("instr(findings, ?)", (folded(query.finding),))
    yield from _of_scores(query)


def _of_scores(query: Query) -> Iterator[Part]:
    """First what a row tells by itself; then, where that holds, each of its predictions: to take JSON apart is slow."""
    bounds = (("min_score", "high", ">="), ("max_score", "low", "<="))
    given = [(getattr(query, key), column, sign) for key, column, sign in bounds if getattr(query, key) is not None]
    for value, column, sign in given:
        yield Part(f"{column} {sign} ?", (value,))
    if query.model is not None:
        yield Part("instr(scores, ?)", (f'["{query.model}",',))
    each = [Part(f"json_extract(value, '$[2]') {sign} ?", (value,)) for value, _, sign in given]
    if query.camera is not None and (given or query.model is not None):
        each.append(Part("json_extract(value, '$[1]') = ?", (query.camera,)))
    if each and query.model is not None:
        each.append(Part("json_extract(value, '$[0]') = ?", (query.model,)))
    if (one := _part(each)) is not None:
        yield Part(f"EXISTS (SELECT 1 FROM json_each(scores) WHERE {one.sql})", one.values)  # noqa: S608 - values are bound


@dataclass(frozen=True, slots=True)
class _Index:
    name: str
    sql: str
    values: tuple[str, ...] = ()


def _index(query: Query) -> _Index | None:
    """The index that has the fewest rows for the query, of those that have few."""
    if query.part_id is not None:
        return _Index("facts_part", "part_id = ?", (query.part_id,))
    if query.label is not None or query.labelled:
        return _Index("facts_labelled", "label IS NOT NULL")
    if query.verdict == "KO" or query.borderline or query.finding is not None or query.rule is not None:
        return _Index("facts_noted", NOTED_SQL)
    return None
