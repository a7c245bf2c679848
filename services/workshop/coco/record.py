"""Where the record has what a COCO file is about."""

import sqlite3
from collections.abc import Iterator

from recorder.annotations import Annotation
from recorder.labelled import drawings
from recorder.query import Query
from recorder.reader import StoredFrame, StoredItem, frames_by, stored_items
from workshop.coco.document import Document
from workshop.coco.export import Exporting
from workshop.coco.load import Taken, Wanted, taken, wanted

_GROUP = 200
_LABELS = "SELECT DISTINCT json_extract(value, '$.label') FROM annotations, json_each(annotations.annotations)"


def exported(
    connection: sqlite3.Connection, query: Query, station: str, *, only_drawn: bool
) -> tuple[Document, list[StoredFrame]]:
    """The document of the items that match, and the frames in it.

    Raises:
        sqlite3.Error: if the record cannot be read.
    """
    labels = [label for (label,) in connection.execute(_LABELS)]
    exporting = Exporting(labels)
    frames = []
    for group in _grouped(stored_items(connection, query)):
        found = drawings(connection, [frame.frame_id for stored in group for frame in stored.frames])
        drawn: dict[str, tuple[Annotation, ...]] = {name: one.annotations for name, one in found.items()}
        for stored in group:
            frames += exporting.add(stored, drawn, only_drawn=only_drawn)
    return exporting.document(station), frames


def understood(connection: sqlite3.Connection, document: Document) -> Taken:
    """What a document says of frames of this record.

    Raises:
        sqlite3.Error: if the record cannot be read.
    """
    return taken(document, _frames(connection, wanted(document)))


def _frames(connection: sqlite3.Connection, asked: Wanted) -> list[StoredFrame]:
    """All frames that an image may mean: by id at once, by hash and name, where that is needed, in one walk."""
    found = frames_by(connection, "frame_id", asked.frame_ids)
    if len(found) >= len(asked.names):
        return found
    known = {frame.frame_id for frame in found}
    others = [*frames_by(connection, "sha256", asked.hashes), *frames_by(connection, "source_name", asked.names)]
    return [*found, *{frame.frame_id: frame for frame in others if frame.frame_id not in known}.values()]


def _grouped(items: Iterator[StoredItem]) -> Iterator[list[StoredItem]]:
    group = []
    for stored in items:
        group.append(stored)
        if len(group) == _GROUP:
            yield group
            group = []
    if group:
        yield group
