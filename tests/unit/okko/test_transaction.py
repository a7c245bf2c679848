"""All or nothing, and never half open."""

import sqlite3
from collections.abc import Iterator

import pytest

from okko.transaction import transaction


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """One table whose rows must have a parent by the time of the commit."""
    made = sqlite3.connect(":memory:", isolation_level=None)
    made.executescript(
        "PRAGMA foreign_keys = ON; CREATE TABLE parents (id INTEGER PRIMARY KEY);"
        "CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)"
    )
    yield made
    made.close()


def _children(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM children").fetchone()[0])


def test_what_is_done_inside_is_there_afterwards(connection: sqlite3.Connection) -> None:
    """It commits at the end."""
    with transaction(connection):
        connection.execute("INSERT INTO parents VALUES (1)")
        connection.execute("INSERT INTO children VALUES (1)")
    assert not connection.in_transaction
    assert _children(connection) == 1


def test_an_error_inside_leaves_nothing(connection: sqlite3.Connection) -> None:
    """Whatever it was, it is passed on."""

    def fail() -> None:
        with transaction(connection):
            connection.execute("INSERT INTO parents VALUES (1)")
            connection.execute("INSERT INTO children VALUES (1)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert not connection.in_transaction
    assert _children(connection) == 0


def test_a_commit_that_fails_leaves_none_open(connection: sqlite3.Connection) -> None:
    """SQLite keeps such a transaction, and the next one could not begin."""
    with pytest.raises(sqlite3.IntegrityError), transaction(connection):
        connection.execute("INSERT INTO children VALUES (1)")
    assert not connection.in_transaction
    with transaction(connection):
        connection.execute("INSERT INTO parents VALUES (2)")
