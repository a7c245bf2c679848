"""The table `facts` as it is written: with each new item, and by and by for items of an older okko."""

import sqlite3
from dataclasses import fields
from operator import attrgetter

from okko import contracts as c
from okko.errors import ContractError
from okko.transaction import transaction
from recorder.facts import Facts
from recorder.records import ItemRow, item_row

STEP_ROWS = 100
"""How many older items get their facts at a time: some milliseconds, for which a writer may have to wait."""

_OF_ITEM = ("decided_ms", "verdict", "reason", "borderline", "golden", "part_id", "cameras")
_OWN = tuple(field.name for field in fields(Facts))
_INSERT = (
    f"INSERT INTO facts (id, label, {', '.join((*_OF_ITEM, *_OWN))}) "  # noqa: S608 - constants
    f"VALUES (?, (SELECT label FROM labels WHERE item_id = ?), {', '.join('?' * len((*_OF_ITEM, *_OWN)))}) "
    "ON CONFLICT (decided_ms, id) DO NOTHING"
)
_of_item = attrgetter(*_OF_ITEM)
_own = attrgetter(*_OWN)


def add_facts(connection: sqlite3.Connection, number: int, row: ItemRow) -> None:
    """Write what can be searched for of an item that was added as row `number`.

    Raises:
        sqlite3.Error: if the disk does not take it.
    """
    connection.execute(_INSERT, (number, row.item_id, *_of_item(row), *_own(row.facts)))


def add_lacking(connection: sqlite3.Connection) -> bool:
    """Give some older items their facts, the newest first; whether there were any.

    Raises:
        sqlite3.Error: if the disk does not take it.
    """
    execute = connection.execute
    (up_to,) = execute("SELECT id FROM facts_lacking").fetchone()
    if not up_to:
        return False
    found = execute("SELECT id, item FROM items WHERE id <= ? ORDER BY id DESC LIMIT ?", (up_to, STEP_ROWS)).fetchall()
    rows = [(number, row) for number, text in found if (row := _row(text)) is not None]
    with transaction(connection):
        for number, row in rows:
            add_facts(connection, number, row)
        execute("UPDATE facts_lacking SET id = ?", (found[-1][0] - 1 if len(found) == STEP_ROWS else 0,))
    return True


def _row(text: str) -> ItemRow | None:
    """The row of an older item, or None for what this okko can no longer read: it stays, without facts."""
    try:
        return item_row(c.decode(c.Item, text.encode()), text)
    except ContractError:
        return None
