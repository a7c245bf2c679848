"""A long record made of a short one: the same items under other ids, their images shared."""

import sqlite3
from pathlib import Path
from typing import Any


def multiply(store: Path, times: int) -> None:
    """Have each item and its frames that many times."""
    connection = sqlite3.connect(store)
    connection.row_factory = sqlite3.Row
    items = [dict(row) for row in connection.execute("SELECT * FROM items")]
    frames = [dict(row) for row in connection.execute("SELECT * FROM frames")]
    for copy in range(1, times):
        for row in items:
            item_id = _other(row["item_id"], copy)
            text = row["item"].replace(row["item_id"], item_id)
            changes = {"item_id": item_id, "item": text, "record_seq": 10_000 * copy + row["record_seq"]}
            _insert(connection, "items", {**row, **changes})
        for row in frames:
            changes = {key: _other(row[key], copy) for key in ("item_id", "frame_id")}
            _insert(connection, "frames", {**row, **changes})
    connection.commit()
    connection.close()


def _other(text: str, copy: int) -> str:
    return f"copy-{copy}-{text}"


def _insert(connection: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    values = {key: value for key, value in row.items() if key != "id"}
    marks = ", ".join("?" * len(values))
    statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"  # noqa: S608 - values are bound
    connection.execute(statement, tuple(values.values()))
