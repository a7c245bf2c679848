"""What people say of items, as the writer commits it: labels with their history, boxes and masks."""

import sqlite3

from recorder.annotations import AnnotateEntry, Drawn, annotations_text
from recorder.labels import (
    LabelChange,
    LabelEntry,
    Labelled,
    LabelledMany,
    LabelRefused,
    LabelsEntry,
    to_undo,
)

MAX_CHANGES = 50
"""How many changes of an item's label are kept, the newest."""

Said = LabelEntry | LabelsEntry | AnnotateEntry
"""What people may say."""

Outcome = Labelled | LabelRefused | LabelledMany | Drawn
"""What comes of it."""

_HISTORY = """
SELECT id, label, golden, by, at_ms, was_label, was_golden, undoes FROM label_history WHERE item_id = ? ORDER BY id
"""
_LABEL = """
INSERT INTO labels (item_id, label, golden, by, at_ms) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (item_id) DO UPDATE SET label = excluded.label, golden = excluded.golden, by = excluded.by,
at_ms = excluded.at_ms
"""
_CHANGE = """
INSERT INTO label_history (item_id, label, golden, by, at_ms, was_label, was_golden, undoes)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_FORGET_CHANGES = """
DELETE FROM label_history WHERE item_id = ?1 AND id <= (
    SELECT id FROM label_history WHERE item_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2
)
"""
_ANNOTATE = """
INSERT INTO annotations (frame_id, item_id, by, at_ms, count, annotations) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (frame_id) DO UPDATE SET by = excluded.by, at_ms = excluded.at_ms, count = excluded.count,
annotations = excluded.annotations
"""


def write_said(connection: sqlite3.Connection, said: Said) -> Outcome:
    """Write what was said, and what came of it. Nothing of it stands before the commit.

    Raises:
        sqlite3.Error: if the disk does not take it.
    """
    match said:
        case LabelEntry():
            return _label(connection, said)
        case LabelsEntry():
            outcomes = [_label(connection, entry) for entry in said.labels]
            given = tuple(one for one in outcomes if isinstance(one, Labelled))
            refused = tuple(one for one in outcomes if isinstance(one, LabelRefused))
            return LabelledMany(said.request_id, said.labels[0].by, given, refused)
        case AnnotateEntry():
            return _annotate(connection, said)


def items_in(outcome: Outcome) -> tuple[str, ...]:
    """The items of which something else is said now: their images may stay longer, or less long."""
    match outcome:
        case Labelled():
            return (outcome.item_id,)
        case LabelledMany():
            return tuple(one.item_id for one in outcome.given)
        case Drawn():
            return outcome.item_ids
        case LabelRefused():
            return ()


def history_of(connection: sqlite3.Connection, item_id: str) -> list[LabelChange]:
    """All changes of an item's label that are kept, the oldest first.

    Raises:
        sqlite3.Error: if the store cannot be read.
    """
    return [
        LabelChange(number, label, bool(golden), by, at_ms, was_label, bool(was_golden), undoes)
        for number, label, golden, by, at_ms, was_label, was_golden, undoes in connection.execute(_HISTORY, (item_id,))
    ]


def _label(connection: sqlite3.Connection, entry: LabelEntry) -> Labelled | LabelRefused:
    execute = connection.execute
    item_id = entry.item_id
    if execute("SELECT 1 FROM items WHERE item_id = ?", (item_id,)).fetchone() is None:
        return LabelRefused(entry.request_id, f"there is no item {item_id!r} in the record", item_id)
    before = execute("SELECT label, golden FROM labels WHERE item_id = ?", (item_id,)).fetchone()
    label, golden = entry.applied_to(before)
    undoes = None
    if entry.undo:
        change = to_undo(history_of(connection, item_id))
        if change is None:
            return LabelRefused(entry.request_id, f"there is nothing to undo of item {item_id!r}", item_id)
        if entry.entry not in {None, change.number}:
            why = f"item {item_id!r} was labelled {change.label or 'anew'} by {change.by} since"
            return LabelRefused(entry.request_id, why, item_id)
        label, golden, undoes = change.was_label, change.was_golden, change.number
    if label is None:
        execute("DELETE FROM labels WHERE item_id = ?", (item_id,))
    else:
        execute(_LABEL, (item_id, label, golden, entry.by, entry.at_ms))
    was, was_golden = before or (None, 0)
    number = execute(_CHANGE, (item_id, label, golden, entry.by, entry.at_ms, was, was_golden, undoes)).lastrowid
    execute(_FORGET_CHANGES, (item_id, MAX_CHANGES))
    (images,) = execute("SELECT count(*) FROM frames WHERE item_id = ? AND gone_ms IS NULL", (item_id,)).fetchone()
    return Labelled(entry.request_id, item_id, label, golden, entry.by, entry.at_ms, was, images, number or 0)


def _annotate(connection: sqlite3.Connection, entry: AnnotateEntry) -> Drawn:
    execute = connection.execute
    unknown = []
    items: dict[str, None] = {}
    drawn = 0
    for frame in entry.frames:
        row = execute("SELECT item_id FROM frames WHERE frame_id = ?", (frame.frame_id,)).fetchone()
        if row is None:
            unknown.append(frame.frame_id)
            continue
        items[row[0]] = None
        drawn += len(frame.annotations)
        if frame.annotations:
            text = annotations_text(frame.annotations)
            execute(_ANNOTATE, (frame.frame_id, row[0], entry.by, entry.at_ms, len(frame.annotations), text))
        else:
            execute("DELETE FROM annotations WHERE frame_id = ?", (frame.frame_id,))
    frames = len(entry.frames) - len(unknown)
    return Drawn(entry.request_id, entry.by, frames, drawn, tuple(items), tuple(unknown))
