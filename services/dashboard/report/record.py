"""A span of the record as figures: read in pages, so that no transaction stays open and none holds up the recorder.

The stories of items, JSON of kilobytes, are read of KO items alone, and of a few others for what they were judged by.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from dashboard.report.choose import candidates
from dashboard.report.counting import Counting, KoItem, Row
from dashboard.report.figures import Counts, GoldenResult, Kind, Labels, Pictured, Shown, Span
from dashboard.report.periods import Look, Periods
from okko import contracts as c
from recorder.reader import StoredFrame
from workshop.replay.truth import truth_of

PAGE = 20_000
STORY_PAGE = 500
MOST_GOLDEN = 200
MOST_TRIED = 4
"""For one item with pictures so many are looked at: the images of others may be gone."""

NOT_INSPECTED: frozenset[c.Reason] = frozenset({"late", "bad_trigger", "overload", "recipe", "no_model"})

_FIRST = -(2**63)
_ROWS = (
    "SELECT decided_ms, id, item_id, verdict, reason, golden, borderline, latency_ms, seq, cameras FROM items "
    "WHERE decided_ms >= ? AND decided_ms < ? AND (decided_ms, id) > (?, ?) ORDER BY decided_ms, id LIMIT ?"
)
_KO = (
    "SELECT decided_ms, id, golden, item FROM items "
    "WHERE verdict = 'KO' AND decided_ms >= ? AND decided_ms < ? AND (decided_ms, id) > (?, ?) "
    "ORDER BY decided_ms, id LIMIT ?"
)
_GOLDEN = (
    "SELECT decided_ms, item FROM items WHERE golden = 1 AND decided_ms >= ? AND decided_ms < ? "
    "ORDER BY decided_ms DESC LIMIT ?"
)
_LABELS = (
    "SELECT items.verdict, labels.label, count(*) FROM labels CROSS JOIN items ON items.item_id = labels.item_id "
    "WHERE decided_ms >= ? AND decided_ms < ? AND items.golden = 0 GROUP BY 1, 2"
)
_FRAMES = (
    "SELECT frame_id, camera, path, sha256, source, size_bytes, gone_ms, gone_why, encoding, width_px, height_px, roi "
    "FROM frames WHERE item_id = ? ORDER BY camera, shot, frame_id"
)
_SHOWN = (
    "SELECT items.decided_ms, items.item, labels.label FROM items LEFT JOIN labels ON labels.item_id = items.item_id "
    "WHERE items.item_id = ?"
)

Progress = Callable[[float], None]
"""Told how much of the work is done, 0..1."""

Draw = Callable[[c.Item, list[StoredFrame]], tuple[Pictured, ...]]
"""Makes the pictures of an item out of the frames that are there."""

_ko_item = msgspec.json.Decoder(KoItem).decode
_look = msgspec.json.Decoder(Look).decode
_item = msgspec.json.Decoder(c.Item).decode


@dataclass(frozen=True, slots=True)
class Record:
    """The record, opened for reading by `recorder.reader.open_store`. Its methods raise sqlite3.Error."""

    connection: sqlite3.Connection
    span: Span

    def counts(self, told: Progress) -> Counts:
        """All that is counted."""
        counting, periods = Counting(self.span), Periods(self._look)
        for page in self._pages():
            counting.rows(page)
            periods.page([(row[0], row[1]) for row in page])
            told(self._share(page[-1][0]) / 2)
        for decided_ms, story in self._stories():
            counting.ko(story)
            told(0.5 + self._share(decided_ms) / 2)
        return counting.counts(periods.all())

    def labels(self) -> Labels:
        """What people have said of the items, golden parts apart."""
        found = {(verdict, truth): 0 for verdict in ("OK", "KO") for truth in ("OK", "KO")}
        for verdict, label, count in self.connection.execute(_LABELS, (self.span.begin_ms, self.span.end_ms)):
            found[verdict, truth_of(label) or ""] += count
        return Labels(found["OK", "OK"], found["OK", "KO"], found["KO", "OK"], found["KO", "KO"])

    def golden(self, proofs: Mapping[str, Collection[str]]) -> list[GoldenResult]:
        """What came of golden parts, oldest first: the newest of them, where there are very many.

        `proofs`: of a known-bad part, by its id, the reasons that prove that it was found.
        """
        rows = self.connection.execute(_GOLDEN, (self.span.begin_ms, self.span.end_ms, MOST_GOLDEN)).fetchall()
        return [_golden(at_ms, _item(text), proofs) for at_ms, text in reversed(rows)]

    def has_any(self) -> bool:
        """Whether anything was decided at all."""
        sql = "SELECT 1 FROM items WHERE decided_ms >= ? AND decided_ms < ? LIMIT 1"
        return self.connection.execute(sql, (self.span.begin_ms, self.span.end_ms)).fetchone() is not None

    def oldest_ms(self) -> int | None:
        """When the oldest item of the whole record was decided."""
        oldest: int | None = self.connection.execute("SELECT min(decided_ms) FROM items").fetchone()[0]
        return oldest

    def shown(self, kinds: tuple[Kind, ...], most: int, draw: Draw) -> list[Shown]:
        """KO items with their pictures; of those whose images are gone one of each finding, if there is room.

        Where not one has any, one of them.
        """
        shown: list[Shown] = []
        gone: dict[str, Shown] = {}
        bare: list[Shown] = []
        for tried, (finding, item_id) in enumerate(candidates(kinds)):
            if len(shown) >= most or tried >= most * MOST_TRIED:
                break
            row = self.connection.execute(_SHOWN, (item_id,)).fetchone()
            if row is None:
                continue  # forgotten meanwhile
            one = self._shown(item_id, row, draw)
            if one.pictures:
                shown.append(one)
                gone.pop(finding, None)
            elif one.gone is not None:
                gone.setdefault(finding, one)
            else:
                bare.append(one)
        return [*shown, *gone.values()][:most] or bare[:1]

    def _shown(self, item_id: str, row: tuple[int, str, str | None], draw: Draw) -> Shown:
        at_ms, text, label = row
        item = _item(text)
        frames = [StoredFrame(*frame) for frame in self.connection.execute(_FRAMES, (item_id,))]
        there = [frame for frame in frames if frame.gone_ms is None]
        return Shown(
            item_id=item_id,
            part_id=item.part_id,
            at_ms=at_ms,
            reason=item.reason,
            finding=item.finding or "",
            label=label,
            pictures=draw(item, there) if there else (),
            gone=next((frame.gone_why for frame in frames if frame.gone_ms is not None), None),
        )

    def _pages(self) -> Iterator[list[Row]]:
        decided_ms, last_id = _FIRST, _FIRST
        while True:
            page: list[Row] = self.connection.execute(
                _ROWS, (self.span.begin_ms, self.span.end_ms, decided_ms, last_id, PAGE)
            ).fetchall()
            if not page:
                return
            yield page
            decided_ms, last_id = page[-1][:2]

    def _stories(self) -> Iterator[tuple[int, KoItem]]:
        after: tuple[int, int] | None = (_FIRST, _FIRST)
        while after is not None:
            # Not all of them at once: a story with a map of where it is odd takes up to 64 kB.
            rows = self.connection.execute(_KO, (self.span.begin_ms, self.span.end_ms, *after, STORY_PAGE))
            after = None
            for decided_ms, number, golden, text in rows:
                after = decided_ms, number
                if not golden:
                    yield decided_ms, _ko_item(text)

    def _look(self, row: int) -> Look | None:
        found = self.connection.execute("SELECT item FROM items WHERE id = ?", (row,)).fetchone()
        return None if found is None else _look(found[0])  # it may have been forgotten since

    def _share(self, at_ms: int) -> float:
        return (at_ms - self.span.begin_ms) / max(1, self.span.end_ms - self.span.begin_ms)


def _golden(at_ms: int, item: c.Item, proofs: Mapping[str, Collection[str]]) -> GoldenResult:
    expected = item.expected or item.verdict
    return GoldenResult(
        part_id=item.part_id,
        at_ms=at_ms,
        expected=expected,
        verdict=item.verdict,
        reason=item.reason,
        finding=item.finding,
        passed=_passed(item, expected, proofs),
    )


def _passed(item: c.Item, expected: c.VerdictWord, proofs: Mapping[str, Collection[str]]) -> bool | None:
    """As the decision agent judges it: a bad part has passed where a rule found it, not where a camera was dead."""
    if item.reason in NOT_INSPECTED:
        return None
    if item.verdict != expected:
        return False
    return expected == "OK" or item.reason in proofs.get(item.part_id, ("rules",))
