"""What people have said so far: how many of which label, what to look at first, what was said of which item."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recorder.annotations import Annotation, annotations_in
from recorder.label_store import history_of
from recorder.labels import VERDICTS, LabelChange
from recorder.migrations import NOTED_SQL
from recorder.query import Query
from recorder.reader import LAST, Place
from recorder.search import Count, Found, count_up_to, found_at

QUEUE_WINDOW = 2000
"""Of how many of the newest borderline items the nearest are looked at first; all others wait behind them."""

_BORDERLINE = f"""
SELECT decided_ms, id, margin FROM facts INDEXED BY facts_noted
WHERE {NOTED_SQL} AND borderline = 1 AND label IS NULL AND (decided_ms, id) < (?, ?)
ORDER BY decided_ms DESC, id DESC LIMIT ?
"""  # noqa: S608 - constants
_NEAR = """
SELECT decided_ms, id, margin FROM (
    SELECT decided_ms, id, margin, label, borderline FROM facts ORDER BY decided_ms DESC, id DESC LIMIT ?
) WHERE label IS NULL AND borderline = 0 AND margin IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large the data set is: items by label, those that are golden, and what waits to be looked at."""

    by_label: Mapping[str, int]
    golden: int
    waiting: Count
    annotated_frames: int
    annotations: int

    @property
    def labelled(self) -> int:
        """How many items have a label."""
        return sum(self.by_label.values())

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of defects in use, the most frequent first."""
        return tuple(label for label in self.by_label if label not in VERDICTS)


def classes(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The classes of defects in use, the most frequent first.

    Raises:
        sqlite3.Error: if the store cannot be read.
    """
    return tuple(label for label in _by_label(connection) if label not in VERDICTS)


def sizes(connection: sqlite3.Connection) -> Sizes:
    """The sizes at present; some 10 ms where a hundred thousand items are labelled.

    Raises:
        sqlite3.Error: if the store cannot be read.
    """
    execute = connection.execute
    by_label = _by_label(connection)
    (golden,) = execute("SELECT count(*) FROM labels WHERE golden").fetchone()
    frames, annotations = execute("SELECT count(*), coalesce(sum(count), 0) FROM annotations").fetchone()
    waiting = count_up_to(connection, Query(borderline=True, labelled=False))
    return Sizes(by_label, golden, waiting, frames, annotations)


def to_look_at(connection: sqlite3.Connection, count: int) -> list[Found]:
    """Items without a label, the most doubtful first: borderline ones, then others that are near a threshold.

    Among each the nearest to a threshold comes first, and of those where nothing tells, the newest. So it is among the
    newest `QUEUE_WINDOW` and ten times as many others; older ones come when these are labelled.

    Raises:
        sqlite3.Error: if the store cannot be read.
    """
    places = _nearest(connection.execute(_BORDERLINE, (*LAST, QUEUE_WINDOW)).fetchall(), count)
    if len(places) < count:
        places += _nearest(connection.execute(_NEAR, (10 * QUEUE_WINDOW,)).fetchall(), count - len(places))
    return found_at(connection, places)


def history(connection: sqlite3.Connection, item_id: str) -> list[LabelChange]:
    """Each change of an item's label that is kept, the oldest first.

    Raises:
        sqlite3.Error: if the store cannot be read.
    """
    return history_of(connection, item_id)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What somebody drew on a frame."""

    by: str
    at_ms: int
    annotations: tuple[Annotation, ...]


def drawings(connection: sqlite3.Connection, frame_ids: Sequence[str]) -> dict[str, Drawing]:
    """What was drawn on these frames, by their id; at most a few hundred of them.

    Raises:
        sqlite3.Error: if the store cannot be read.
    """
    marks = ", ".join("?" * len(frame_ids))
    rows = connection.execute(
        f"SELECT frame_id, by, at_ms, annotations FROM annotations WHERE frame_id IN ({marks})",  # noqa: S608 - values are bound
        frame_ids,
    )
    return {frame_id: Drawing(by, at_ms, annotations_in(text)) for frame_id, by, at_ms, text in rows}


def _nearest(rows: list[tuple[int, int, float | None]], count: int) -> list[Place]:
    def key(row: tuple[int, int, float | None]) -> tuple[bool, float, int, int]:
        decided_ms, number, margin = row
        return margin is None, margin or 0.0, -decided_ms, -number

    return [(decided_ms, number) for decided_ms, number, _ in sorted(rows, key=key)[:count]]


def _by_label(connection: sqlite3.Connection) -> dict[str, int]:
    return dict(connection.execute("SELECT label, count(*) FROM labels GROUP BY label ORDER BY count(*) DESC, label"))
