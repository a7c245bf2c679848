"""The rank of an item's images, brought up to date in the store from all that is known of the item by now."""

import sqlite3

from recorder.retention import rank_of

_FACTS = """
SELECT items.verdict, items.borderline,
    items.golden OR labels.item_id IS NOT NULL OR EXISTS (
        SELECT 1 FROM annotations WHERE annotations.item_id = items.item_id
    ),
    coalesce(labels.golden, 0), EXISTS (
    SELECT 1 FROM uplink WHERE uplink.record_seq = items.record_seq AND uplink.id = items.id
)
FROM items LEFT JOIN labels ON labels.item_id = items.item_id WHERE items.item_id = ?
"""


def rank_images(connection: sqlite3.Connection, item_id: str, ok_images_one_in: int) -> None:
    """Give the images of an item their rank; until the item is there they keep that of a KO one.

    Raises:
        sqlite3.Error: if the disk does not take it.
    """
    facts = connection.execute(_FACTS, (item_id,)).fetchone()
    if facts is None:
        return
    verdict, borderline, labelled, golden, unsent = facts
    rank = rank_of(
        item_id,
        verdict,
        borderline=bool(borderline),
        labelled=bool(labelled),  # what a golden part is, is known as well
        golden=bool(golden),
        unsent=bool(unsent),
        one_in=ok_images_one_in,
    )
    connection.execute("UPDATE frames SET rank = ? WHERE item_id = ? AND rank <> ?", (rank, item_id, rank))
